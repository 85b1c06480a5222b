// The text of the query, what it will find, and what it has found.

import { choose, field, input, push } from './builderparts.mjs';
import { copyText, insertCode, make } from './panel.mjs';

const TYPING_MS = 350;

const integer = value => value.toLocaleString('en');

export class Query {
  constructor(builder) {
    this.builder = builder;
    const { model } = builder;
    this.text = make('textarea', {
      class: 'dl-builder-input dl-builder-code dl-builder-adql',
      spellcheck: false,
      rows: 8,
      placeholder: 'Choose a table on the left, or write SELECT …'
    });
    this.problem = make('p', { class: 'dl-builder-problem', role: 'status', hidden: true });
    this.counted = make('p', { class: 'dl-builder-counted', role: 'status' });
    this.name = input('', model.get('name'));
    this.name.removeAttribute('aria-label');
    this.target = input('', model.get('out'), { placeholder: 'mydb://name, vos://file.csv' });
    this.target.removeAttribute('aria-label');
    this.replace = make('input', { type: 'checkbox', checked: model.get('replace') });
    this.how = choose('How to run it', [['sync', 'at once'], ['async', 'as a job']], 'sync');
    this.run = push('Run', 'Run the query (Ctrl+Enter in the text)', () => this.start(), 'dl-builder-primary');
    this.cancel = push('Cancel', 'Cancel the query', () => model.send({ kind: 'cancel' }));
    this.look = push('Preview', 'Show the first ten rows', () => {
      this.preview.replaceChildren(this.busy('Asking for ten rows …'));
      this.ask({ kind: 'preview' });
    });
    this.insert = push('Insert as cell', 'Insert a cell with this query', () =>
      insertCode(builder.el, this, model.get('_code'))
    );
    this.code = make('pre', { class: 'dl-builder-snippet' });
    this.copy = push('Copy', 'Copy the Python code', () => copyText(model.get('_code'), this.copy));
    this.fallback = make(
      'div',
      { class: 'dl-builder-fallback', hidden: true },
      make('p', { textContent: 'This page inserts no cells. Copy the code into one:' }),
      this.copy,
      this.code
    );
    this.state = make('div', { class: 'dl-builder-state', role: 'status' });
    this.preview = make('div', { class: 'dl-builder-preview' });
    this.root = make(
      'div',
      { class: 'dl-builder-query' },
      field('ADQL', this.text),
      this.problem,
      this.counted,
      make(
        'div',
        { class: 'dl-builder-line dl-builder-wrap dl-builder-run' },
        this.run,
        this.how,
        this.cancel,
        this.look,
        this.insert
      ),
      make(
        'div',
        { class: 'dl-builder-line dl-builder-wrap' },
        field('Rows become the variable', this.name),
        field('or are kept in', this.target, 'dl-builder-grow'),
        make(
          'label',
          { class: 'dl-builder-tick', title: 'Whether a table or file that is there makes room' },
          this.replace,
          make('span', { textContent: 'replace' })
        )
      ),
      this.fallback,
      this.state,
      this.preview
    );
    this.name.oninput = () => builder.save({ name: this.name.value.trim() });
    this.target.oninput = () => builder.save({ out: this.target.value.trim() });
    this.replace.onchange = () => builder.save({ replace: this.replace.checked });
    this.text.oninput = () => {
      this.grow();
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.send(), TYPING_MS);
    };
    this.text.onkeydown = event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.start();
      }
    };
  }

  /** Send what was typed, if it was not yet. */
  send() {
    clearTimeout(this.typing);
    if (this.text.value !== this.builder.model.get('adql')) {
      this.builder.save({ adql: this.text.value });
    }
  }

  /** Ask for something of the query as it stands here. */
  ask(message) {
    this.builder.settle();
    this.send();
    this.builder.model.send(message);
  }

  start() {
    this.ask({ kind: 'run', how: this.how.value });
  }

  /** As high as the text is, with lines that are too long for the width. */
  grow() {
    const { text } = this;
    text.rows = Math.max(8, Math.min(24, text.value.split('\n').length + 1));
    while (text.rows < 24 && text.scrollHeight > text.clientHeight) {
      text.rows++;
    }
  }

  render() {
    const { model } = this.builder;
    const adql = model.get('adql');
    if (this.text.value !== adql) {
      this.text.value = adql;
    }
    this.grow();
    const problem = model.get('_problem');
    this.problem.hidden = !problem.message;
    this.problem.className = `dl-builder-problem ${problem.is_query ? 'dl-builder-soft' : ''}`;
    this.problem.replaceChildren(
      make('strong', { textContent: problem.message ?? '' }),
      make('span', { textContent: ` ${problem.hint ?? ''} ` })
    );
    if (this.builder.isStale && this.builder.draft) {
      this.problem.append(
        push('Use the form again', 'Write the text anew from the form', () =>
          this.builder.change({})
        )
      );
    }
    const asked = Boolean(adql.trim());
    for (const control of [this.look, this.insert]) {
      control.disabled = !asked;
    }
    this.fallback.hidden = true;
    this.showCount();
    this.showState();
    this.showPreview();
  }

  showCount() {
    const { rows, how, limit } = this.builder.model.get('_counted');
    const of = this.builder.draft?.match ? null : this.builder.table?.rows;
    const words = {
      counting: 'Counting the rows …',
      slow: 'Too many rows to count quickly.',
      failed: ''
    };
    if (how === 'exact') {
      const isOne = rows === 1;
      const all = of !== null && of !== undefined ? ` of ${integer(of)}` : '';
      const cut = limit !== null && limit < rows ? `, of which ${integer(limit)} are returned` : '';
      const noun = isOne && !all ? 'row' : 'rows';
      this.counted.textContent = `${integer(rows)}${all} ${noun} ${isOne ? 'meets' : 'meet'} the conditions${cut}.`;
    } else {
      this.counted.textContent = words[how] ?? '';
    }
  }

  showState() {
    const told = this.builder.model.get('_run');
    const running = told.phase === 'running';
    this.cancel.hidden = !running;
    this.run.disabled = running || !this.builder.model.get('adql').trim();
    this.state.className = `dl-builder-state dl-builder-${told.phase ?? 'idle'}`;
    this.state.replaceChildren();
    if (running) {
      const bar = make('progress', { 'aria-label': 'Progress of the query' });
      if (typeof told.progress === 'number') {
        bar.value = told.progress;
      }
      this.state.append(bar, make('span', { textContent: told.message }));
    } else if (told.message) {
      this.state.append(make('strong', { textContent: told.message }));
      if (told.hint) {
        this.state.append(make('span', { textContent: ` ${told.hint}` }));
      }
    }
  }

  busy(text) {
    return make('p', { class: 'dl-builder-empty', textContent: text });
  }

  showPreview() {
    const { names, units, rows, adql, message, hint } = this.builder.model.get('_preview');
    const isOld = adql !== this.builder.model.get('adql');
    if (message && !isOld) {
      this.preview.replaceChildren(
        make('p', { class: 'dl-builder-problem' }, make('strong', { textContent: message }), ` ${hint}`)
      );
      return;
    }
    if (!names) {
      this.preview.replaceChildren();
      return;
    }
    const head = names.map((name, i) =>
      make('th', { scope: 'col' }, name, make('small', { textContent: units[i] }))
    );
    const cell = value =>
      value === null
        ? make('td', { class: 'dl-builder-null', textContent: '—' })
        : make('td', { textContent: value });
    const few = rows.length ? `The first ${rows.length} rows` : 'No row meets the conditions';
    const about = isOld ? `${few}, of the query before` : few;
    this.preview.classList.toggle('dl-builder-old', isOld);
    this.preview.replaceChildren(
      make(
        'table',
        {},
        make('caption', { textContent: about }),
        make('thead', {}, make('tr', {}, ...head)),
        make('tbody', {}, ...rows.map(row => make('tr', {}, ...row.map(cell))))
      )
    );
  }
}
