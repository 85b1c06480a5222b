// What all widgets with a picture do alike: they follow a model until they are closed, show what is
// selected, and keep plain keys to themselves.

import { copyText, insertCode } from './panel.mjs';

let readers = 0;

/** A display of a widget's model; `part` holds its elements, those of `selectionParts` among them. */
export class ModelView {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    /** Tells the kernel which of several displays asks. */
    this.reader = `${Date.now()}-${readers++}`;
    this.timers = {};
    this.leaving = [];
  }

  close() {
    this.closed = true;
    this.leaving.forEach(callback => callback());
    Object.values(this.timers).forEach(clearTimeout);
    cancelAnimationFrame(this.drawing);
  }

  /** Do something when the display is closed. */
  leave(callback) {
    this.leaving.push(callback);
  }

  /** Do something a while after the last call of the same name. */
  after(name, delay, callback) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(callback, delay);
  }

  // ---- the model -------------------------------------------------------------------------------

  /** Do something when one of some traits changes. */
  on(names, callback) {
    for (const name of names) {
      this.model.on(`change:${name}`, callback);
      this.leave(() => this.model.off(`change:${name}`, callback));
    }
  }

  /** Take what the kernel sends: a message and its buffers. */
  onMessage(receive) {
    this.model.on('msg:custom', receive);
    this.leave(() => this.model.off('msg:custom', receive));
  }

  set(changes) {
    Object.entries(changes).forEach(([name, value]) => this.model.set(name, value));
    this.model.save_changes();
  }

  // ---- what is selected ------------------------------------------------------------------------

  connectSelection() {
    const { part, model } = this;
    part.copy.onclick = () => copyText(model.get('_condition'), part.copy);
    part.copyCode.onclick = () => copyText(model.get('_code'), part.copyCode);
    part.insert.onclick = () => insertCode(this.el, part, model.get('_code'));
  }

  showSelection() {
    const { part, model } = this;
    const condition = model.get('_condition');
    part.selected.hidden = !condition;
    part.condition.textContent = condition;
    part.insert.hidden = !model.get('_code');
    part.fallback.hidden = true;
  }

  // ---- the page --------------------------------------------------------------------------------

  /**
   * Take the keys that are pressed on an element: `press` does what an event means, and returns
   * whether it means anything. JupyterLab takes keys for its shortcuts when they reach the document:
   * `x` on one of our buttons would cut the cell. Plain keys inside the widget are for the widget.
   */
  onKeys(element, press) {
    const listen = event => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && this.el.contains(event.target) && !(event.shiftKey && event.key === 'Enter')) {
        event.stopPropagation();
        if (event.target === element && press(event)) {
          event.preventDefault();
        }
      }
    };
    window.addEventListener('keydown', listen, true);
    this.leave(() => window.removeEventListener('keydown', listen, true));
  }

  onResized(element, callback) {
    const resized = new ResizeObserver(callback);
    resized.observe(element);
    this.leave(() => resized.disconnect());
  }

  onThemed(callback) {
    const themed = new MutationObserver(callback);
    themed.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
    this.leave(() => themed.disconnect());
  }
}
