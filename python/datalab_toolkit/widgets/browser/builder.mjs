// The query builder in the browser: a form and a text beside it. What they say is worked out by the
// kernel; the browser has the form as it is being filled in, the draft.

import { Columns } from './buildercolumns.mjs';
import { Conditions } from './builderconditions.mjs';
import { Section } from './builderparts.mjs';
import { Query } from './builderquery.mjs';
import { Ending, Region, Second } from './buildersky.mjs';
import { TablePicker } from './buildertables.mjs';
import { make } from './panel.mjs';

const SETTLED_MS = 60;

class Builder {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.leaving = [];
    this.values = {};
    this.query = new Query(this);
    this.first = new TablePicker(model, 'Search for a table', table =>
      model.send({ kind: 'table', name: table.name })
    );
    this.other = new TablePicker(model, 'Search for a second table', table =>
      model.send({ kind: 'match', name: table.name })
    );
    this.tableSection = new Section('Table');
    this.about = make('div', { class: 'dl-builder-about' });
    this.tableSection.show(this.first.root, this.about);
    this.columnsPart = new Columns(this);
    this.region = new Region(this);
    this.conditions = new Conditions(this);
    this.second = new Second(this);
    this.second.show(this.other.root);
    this.ending = new Ending(this, this.conditions.names);
    this.notice = make('p', { class: 'dl-builder-notice', role: 'status', hidden: true });
    this.rest = make(
      'div',
      { class: 'dl-builder-rest' },
      this.columnsPart.section.root,
      this.conditions.section.root,
      this.region.section.root,
      this.second.section.root,
      this.ending.section.root
    );
    this.form = make('div', { class: 'dl-builder-form', role: 'form', 'aria-label': 'Query form' });
    this.form.append(this.notice, this.tableSection.root, this.rest);
    this.root = make(
      'div',
      { class: 'dl-builder', 'data-lm-suppress-shortcuts': 'true' },
      make(
        'div',
        { class: 'dl-builder-top' },
        make('span', { class: 'dl-builder-title', textContent: 'Query builder' }),
        make('span', { class: 'dl-builder-type', textContent: model.get('_service') })
      ),
      make('div', { class: 'dl-builder-halves' }, this.form, this.query.root)
    );
    // Keys inside the form are its own: the notebook would take arrows and letters for its commands.
    this.root.onkeydown = event =>
      event.ctrlKey || event.metaKey || event.altKey || event.stopPropagation();
    // Some of its shortcuts ask for the focused element itself (a handle, a tick, a button), and are
    // found there before the form is: so whatever has the focus keeps them off, too.
    this.root.addEventListener('focusin', event =>
      event.target.setAttribute('data-lm-suppress-shortcuts', 'true')
    );
    el.classList.add('dl-builder-place');
    el.append(this.root);
    const on = (names, listen) =>
      names.forEach(name => {
        model.on(`change:${name}`, listen);
        this.leaving.push(() => model.off(`change:${name}`, listen));
      });
    on(['_form'], () => this.take());
    on(['_table', '_second'], () => this.take());
    on(['adql', '_problem'], () => this.showText());
    on(['_counted'], () => this.query.showCount());
    on(['_run'], () => this.query.showState());
    on(['_preview'], () => this.query.showPreview());
    on(['_notes'], () => this.showNotes());
    on(['name'], () => (this.query.name.value = model.get('name')));
    on(['out'], () => (this.query.target.value = model.get('out')));
    on(['replace'], () => (this.query.replace.checked = model.get('replace')));
    const listen = content => this.receive(content);
    model.on('msg:custom', listen);
    this.leaving.push(() => model.off('msg:custom', listen));
    this.take();
  }

  close() {
    clearTimeout(this.settling);
    this.leaving.forEach(leave => leave());
  }

  get table() {
    const table = this.model.get('_table');
    return table.name ? table : null;
  }

  /** Whether the text says what the form cannot; what a service refuses, the form may say well. */
  get isStale() {
    const { message, in_form: inForm } = this.model.get('_problem');
    return Boolean(message) && !inForm;
  }

  save(values) {
    Object.entries(values).forEach(([name, value]) => this.model.set(name, value));
    this.model.save_changes();
  }

  /** The columns of both tables, each with the value that a query writes. */
  columns() {
    const second = this.draft?.match ? this.model.get('_second') : {};
    const named = (table, letter) =>
      (table?.columns ?? []).map(c => ({ ...c, value: letter + c.query_name }));
    return this.draft?.match
      ? [...named(this.table, 'a.'), ...named(second, 'b.')]
      : named(this.table, '');
  }

  column(value) {
    const wanted = value.trim().toLowerCase();
    return this.columns().find(c => c.value.toLowerCase() === wanted);
  }

  /** The form was changed here: tell the kernel, which writes the text. */
  change(patch) {
    this.draft = { ...this.draft, ...patch };
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED_MS);
  }

  /** Tell what was changed, if it was not yet. */
  settle() {
    if (this.settling) {
      clearTimeout(this.settling);
      this.settling = null;
      this.model.send({ kind: 'form', form: this.draft });
    }
  }

  /** The kernel has another form. */
  take() {
    const form = this.model.get('_form');
    this.draft = form.table ? structuredClone(form) : null;
    this.rest.hidden = !this.draft;
    this.showTable();
    if (this.draft) {
      this.columnsPart.render();
      this.conditions.render();
      this.region.render();
      this.second.render();
      this.ending.render();
    }
    this.showText();
    this.showNotes();
  }

  /** Ask for the histogram of an expression. */
  askValues(value) {
    if (!(value in this.values) && !this.draft.match && this.table) {
      this.values[value] = null;
      this.model.send({ kind: 'values', value, table: this.table.name });
    }
  }

  showTable() {
    const { table } = this;
    const told = this.model.get('_table');
    this.about.replaceChildren();
    this.tableSection.tell(table ? table.name : '');
    if (told.message) {
      this.about.append(
        make('p', { class: 'dl-builder-problem' }, make('strong', { textContent: told.message }), ` ${told.hint}`)
      );
    } else if (table) {
      const rows = table.rows === null ? '' : `${table.rows.toLocaleString('en')} rows`;
      this.about.append(
        make('span', { class: 'dl-builder-name', textContent: table.name }),
        make('small', { textContent: rows }),
        ...(table.simulated
          ? [make('span', { class: 'dl-builder-simulated', textContent: 'Simulated' })]
          : []),
        make('p', { class: 'dl-builder-words', textContent: table.description })
      );
    } else if (told.loading) {
      this.about.append(make('p', { class: 'dl-builder-empty', textContent: 'Reading the columns …' }));
    } else {
      const text = 'Search above to begin: all else follows from the table.';
      this.about.append(make('p', { class: 'dl-builder-empty', textContent: text }));
    }
  }

  showText() {
    const stale = this.isStale;
    this.rest.inert = stale;
    this.notice.hidden = !(stale && this.draft);
    this.notice.textContent = 'The form shows the last query that it could show.';
    this.root.classList.toggle('dl-builder-stale', stale);
    this.query.render();
  }

  showNotes() {
    const notes = this.model.get('_notes');
    for (const place of this.root.querySelectorAll('[data-part*="."]')) {
      place.textContent = notes[place.dataset.part] ?? '';
    }
    for (const [part, { note }] of [
      ['cone', this.region],
      ['match', this.second]
    ]) {
      if (notes[part]) {
        note.textContent = notes[part];
      }
    }
  }

  receive(content) {
    if (content.kind === 'tables') {
      this.first.answer(content);
      this.other.answer(content);
    } else if (content.kind === 'place') {
      this.region.found(content);
    } else if (content.kind === 'values') {
      this.values[content.value] = content.histogram;
      if (content.histogram && this.draft) {
        this.conditions.refresh(content.value);
      }
    }
  }
}

export default {
  render({ model, el }) {
    const builder = new Builder(model, el);
    return () => builder.close();
  }
};
