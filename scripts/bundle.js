/**
 * Puts Aladin Lite beside the bundle: the file of its npm package as it is, so
 * that anybody can replace it (LGPL-3.0, section 4), with its licence.
 *
 * The hash of its content is in its name, because Jupyter lets browsers keep
 * static files for long. `jupyterlab_datalab.aladin` finds the name.
 */
const { createHash } = require('crypto');
const { copyFileSync, mkdirSync, readFileSync } = require('fs');
const { join } = require('path');

const PACKAGE = join(__dirname, '..', 'node_modules', 'aladin-lite');

/** The LGPL, and the GPL that it refers to. */
const LICENCES = ['LICENSE', 'COPYING'];

function copyAladin(directory) {
  const source = join(PACKAGE, 'dist', 'aladin.js');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
  mkdirSync(directory, { recursive: true });
  copyFileSync(source, join(directory, `aladin.${hash.slice(0, 20)}.js`));
  for (const licence of LICENCES) {
    copyFileSync(
      join(PACKAGE, licence),
      join(directory, `aladin.${licence}.txt`)
    );
  }
}

module.exports = {
  plugins: [
    {
      apply: compiler =>
        compiler.hooks.afterEmit.tap('Aladin', () =>
          copyAladin(compiler.outputPath)
        )
    }
  ]
};
