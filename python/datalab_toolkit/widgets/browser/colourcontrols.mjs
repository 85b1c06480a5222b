// The controls of colours, which the density map and the plane have alike.

export function connectColours(view) {
  const { part, model } = view;
  const recolour = isReversed =>
    view.set({ colormap: part.colormap.value + (isReversed ? '_r' : '') });
  const isReversed = () => model.get('colormap').endsWith('_r');
  part.stretch.onchange = () => view.set({ stretch: part.stretch.value });
  part.colormap.onchange = () => recolour(isReversed());
  part.reversed.onclick = () => recolour(!isReversed());
}

export function showColours({ part, model }) {
  const colormap = model.get('colormap');
  part.stretch.value = model.get('stretch');
  part.colormap.value = colormap.replace(/_r$/, '');
  part.reversed.setAttribute('aria-pressed', colormap.endsWith('_r'));
}
