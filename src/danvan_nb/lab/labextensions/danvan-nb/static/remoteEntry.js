/*
 * Inline values of a report in JupyterLab: evaluated from what the cell says now, and again after any cell ran.
 *
 * Takes the place of the plugin `jupyterlab-myst:executor`, which evaluates what the cell said before the last edit, and only
 * when that cell itself is run. jupyterlab-myst goes on showing the values, from `cell.metadata.user_expressions`.
 *
 * Written by hand as a module federation container (what JupyterLab loads): there is nothing to build, nothing to download.
 */
(() => {
  const KEY = 'user_expressions';
  const PAUSE = 60; // ms after the last cell of "Run All" before the values are asked for, once for the whole notebook
  const LOADED = 'report'; // bound by the load cell: before it every name would be an error, and no value is touched
  const STALE = 'danvan-stale';

  const expressions = source =>
    [...source.matchAll(/\{eval\}`([^`]+)`/g)].map(match => match[1].replace(/\s+/g, ' ').trim());
  const proseCells = notebook => notebook.widgets.filter(cell => cell.model.type === 'markdown');
  const stored = cell => cell.model.getMetadata(KEY) || [];

  /** jupyterlab-myst draws a cell with a delay, over the editor too if a person opened it meanwhile: give the editor back. */
  function mend(cell) {
    const kind = Object.getPrototypeOf(cell);
    if (kind.mended || typeof kind.render !== 'function') return;
    kind.mended = true;
    const render = kind.render;
    kind.render = async function () {
      await render.call(this);
      if (this.rendered) return;
      this.showEditor();
      if (this.hasClass('jp-mod-active')) this.editor?.focus();
    };
  }

  /** Store values only where they differ, so that a mere run does not make the notebook look edited. */
  function store(cell, list) {
    if (JSON.stringify(stored(cell)) === JSON.stringify(list)) return;
    if (list.length) cell.model.setMetadata(KEY, list);
    else cell.model.deleteMetadata(KEY);
  }

  async function refresh(panel) {
    await panel.sessionContext.ready;
    const kernel = panel.sessionContext.session?.kernel;
    if (panel.isDisposed) return;
    if (!kernel) return mark(panel, true);
    const cells = proseCells(panel.content);
    const wanted = [...new Set([LOADED, ...cells.flatMap(cell => expressions(cell.model.sharedModel.getSource()))])];
    const content = { code: '', silent: true, store_history: false, allow_stdin: false, user_expressions: { ...wanted } };
    const reply = (await kernel.requestExecute(content).done).content;
    if (reply.status !== 'ok' || panel.isDisposed) return;
    const results = new Map(wanted.map((source, number) => [source, reply.user_expressions[number]]));
    const loaded = results.get(LOADED).status === 'ok';
    mark(panel, !loaded);
    if (!loaded) return;
    for (const cell of cells) {
      const found = expressions(cell.model.sharedModel.getSource());
      if (found.some(source => !results.has(source))) continue; // edited meanwhile; its own run asks again
      cell.model.trusted = true;
      store(cell, found.map(source => ({ expression: source, result: results.get(source) })));
    }
  }

  /** Show that the values are older than the kernel: it was started again, and the load cell has not run since. */
  function mark(panel, stale) {
    panel.content.toggleClass(STALE, stale);
  }

  /** Before a save: drop values of expressions that are no longer there, and say which cells this browser trusts. */
  function beforeSave(panel) {
    for (const cell of proseCells(panel.content)) {
      const kept = new Map(stored(cell).map(item => [item.expression, item]));
      store(cell, expressions(cell.model.sharedModel.getSource()).filter(source => kept.has(source)).map(source => kept.get(source)));
      // The server takes this mark out again; without it a cell with values would make the whole notebook untrusted.
      if (cell.model.trusted && stored(cell).length) cell.model.setMetadata('trusted', true);
    }
  }

  function activate(app, tracker, NotebookActions) {
    const timers = new WeakMap();
    const later = panel => {
      clearTimeout(timers.get(panel));
      timers.set(panel, setTimeout(() => void refresh(panel), PAUSE));
    };
    NotebookActions.executed.connect((_, { notebook }) => {
      const panel = tracker.find(widget => widget.content === notebook);
      if (panel) later(panel);
    });
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => proseCells(panel.content).slice(0, 1).forEach(mend));
      panel.context.saveState.connect((_, state) => state === 'started' && beforeSave(panel));
      panel.sessionContext.statusChanged.connect((_, status) => {
        if (status === 'restarting' || status === 'autorestarting') mark(panel, true);
      });
    });
    const style = document.createElement('style');
    style.textContent =
      `.${STALE} .myst data { opacity: .5; text-decoration: underline wavy; }` +
      `.${STALE}::before { content: "Số liệu trong thuyết minh chưa cập nhật: hãy chạy ô nạp số liệu (hoặc Chạy tất cả các ô)";` +
      ` position: sticky; top: 0; z-index: 9; display: block; padding: 4px 12px; background: #fff3cd; color: #664d03; }`;
    document.head.append(style);
  }

  /** Take a module that JupyterLab shares; its one copy, whatever the version. */
  const shared = async (scope, name) => (await Object.values(scope[name])[0].get())();

  let scope;
  (window._JUPYTERLAB ??= {})['danvan-nb'] = {
    init: given => { scope = given; },
    get: async () => {
      const { INotebookTracker, NotebookActions } = await shared(scope, '@jupyterlab/notebook');
      const plugin = {
        id: 'danvan-nb:values',
        description: 'Keeps the inline values of a report right.',
        autoStart: true,
        requires: [INotebookTracker],
        activate: (app, tracker) => activate(app, tracker, NotebookActions)
      };
      return () => ({ __esModule: true, default: plugin });
    }
  };
})();
