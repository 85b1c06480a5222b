import { ACCOUNT_SERVER, USER } from '../../servers';
import { expect, test } from '../fixtures';

test('one signs in, fills the storage to the brim, and signs out', async ({
  datalab
}) => {
  const { page, panel } = datalab;
  await datalab.open(ACCOUNT_SERVER.url);
  await datalab.show();
  await datalab.showStorage();
  await expect(panel).toContainText('Sign in to the Data Lab to see them');

  const signIn = async (password: string) => {
    await panel.getByLabel('Name', { exact: true }).fill(USER.name);
    await panel.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
  };
  await signIn('not this one');
  await expect(panel.getByRole('alert')).toBeVisible();
  await expect(panel.getByLabel('Password', { exact: true })).toBeFocused();
  await signIn(USER.password);
  await expect(datalab.file('public')).toBeVisible();
  const bar = panel.locator('.jp-DataLab-storageFoot');
  await expect(bar).toContainText('0 B of 200 kB used');

  // What does not fit is refused, and what is there stays.
  await datalab.upload({ name: 'large.fits', content: 'x'.repeat(300_000) });
  await expect(panel.getByRole('alert')).toContainText(
    'There is room for 200 kB, and the file has 300 kB.'
  );
  await panel.getByRole('button', { name: 'Dismiss large.fits' }).click();
  await datalab.upload({ name: 'exact.fits', content: 'x'.repeat(200_000) });
  await expect(datalab.file('exact.fits')).toBeVisible();
  await expect(bar).toContainText('Full: 200 kB of 200 kB used');
  await datalab.upload({ name: 'one.txt', content: 'x' });
  await expect(panel.getByRole('alert')).toContainText('Your storage is full.');
  await panel.getByRole('button', { name: 'Dismiss one.txt' }).click();

  // Everybody may read it, and nobody again.
  await datalab.choose(datalab.file('exact.fits'), 'Let Everybody Read');
  await expect(datalab.file('exact.fits')).toContainText('public');
  await datalab.file('exact.fits').click();
  await page.keyboard.press('Delete');
  await page.locator('.jp-Dialog').getByText('Delete', { exact: true }).click();
  await expect(bar).toContainText('0 B of 200 kB used');

  await panel.getByRole('button', { name: `Data Lab account: ${USER.name}` }).click();
  await panel.getByRole('button', { name: 'Sign out' }).click();
  await expect(datalab.file('public')).toHaveCount(0);
  await expect(panel).toContainText('Sign in to the Data Lab to see them');
});
