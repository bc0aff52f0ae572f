/*
 * A report's notebook in JupyterLab: its inline values, headings and outputs are those of the data as they are now, or say
 * that they are not. What is said, and every value, comes from `danvan_nb.lab.live` in the notebook's kernel; here is how it is shown.
 *
 * Takes the place of the plugin `jupyterlab-myst:executor`, which evaluates what the cell said before the last edit, and only
 * when that cell itself is run. jupyterlab-myst goes on showing the values, from `cell.metadata.user_expressions`. Takes the place
 * of `@jupyterlab/notebook-extension:export` too: of nbconvert's exporters only ours make a report.
 *
 * Written by hand as a module federation container (what JupyterLab loads): there is nothing to build, nothing to download.
 */
(() => {
  const KEY = 'user_expressions';
  const PAUSE = 60; // ms after the last cell of "Run All" before the kernel is asked, once for the whole notebook
  const LOOK = 10000; // ms between two looks at the files while a person only reads; whoever comes back to the window sees at once
  const STALE = 'danvan-stale'; // a notebook whose values are old
  const OLD = 'danvan-old'; // a code cell whose output is old
  const NO_KERNEL = 'Nhân của sổ tay đã dừng: số liệu đang hiện là của lần trước. Chọn Nhân → Khởi động lại nhân, rồi chạy ô nạp số liệu.';
  const FORMATS = { html: 'HTML', pdf: 'PDF', docx: 'Word', xlsx: 'Excel' }; // of `project/formats.py`
  const STYLE = `
    .${STALE} .myst data { opacity: .5; text-decoration: underline wavy; }
    .${OLD} .jp-OutputArea-output { opacity: .4; }
    .danvan-band { display: flex; gap: 12px; align-items: center; min-height: 34px; padding: 0 12px; background: #fff3cd; color: #664d03; }
    .danvan-band span { flex: 1; max-height: 34px; overflow: auto; }
    .danvan-band button { padding: 3px 10px; border: 1px solid; border-radius: 3px; background: #fff; color: inherit; cursor: pointer; }
    .myst .not-prose.inline-block { display: inline; }
    .myst .not-prose.inline-block > .lm-Widget, .myst .not-prose.inline-block .jp-RenderedHTMLCommon { display: inline; padding: 0; }
    .myst .not-prose.inline-block:not(:has([data-mime-type]))::before { content: "…"; }
    .myst :is(h2, h3, h4):not(:is(h2, h3, h4) ~ *)::before { content: var(--danvan-number); }
    .jp-OutputArea summary { display: list-item; list-style: inside disclosure-closed; cursor: pointer; }
    .jp-OutputArea details[open] > summary { list-style-type: disclosure-open; }
    [style*="--danvan-title"] .myst-fm-block-title { font-size: 0; }
    [style*="--danvan-title"] .myst-fm-block-title::after { content: var(--danvan-title); font-size: 2.25rem; }
    .lm-TabBar-tab[data-danvan] .lm-TabBar-tabLabel { flex: 0; }
    .lm-TabBar .lm-TabBar-tab.lm-TabBar-tab[data-danvan]::after { content: attr(data-danvan); position: static; flex: 1; width: auto; border: 0;
      overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .lm-TabBar-tab[data-danvan] .lm-TabBar-tabCloseIcon { order: 1; }`;

  const expressions = source =>
    [...source.matchAll(/\{eval\}`([^`]+)`/g)].map(match => match[1].replace(/\s+/g, ' ').trim());
  const sourceOf = cell => cell.model.sharedModel.getSource();
  const cellsOf = (panel, type) => panel.content.widgets.filter(cell => cell.model.type === type);
  const tagged = (panel, ...tags) => panel.content.widgets.filter(cell => cell.model.getMetadata('tags')?.some(tag => tags.includes(tag)));
  const memory = panel => panel?.content.model?.getMetadata('danvan') ?? {};
  const isOurs = panel => !!panel && (!!memory(panel).params_file || tagged(panel, 'load').length > 0);
  const stored = cell => cell.model.getMetadata(KEY) || [];
  /** The report's own name, `sa-dec 2023-H1`, as every command takes it. */
  const nameOf = panel => (memory(panel).params_file ?? '').split('/').slice(-2).join(' ').replace(/\.\w+$/, '');

  /** What is known of an open notebook: `epoch` counts the loads of data, `seen` has the epoch in which a code cell last ran. */
  const states = new WeakMap();
  const stateOf = panel => {
    if (!states.has(panel)) states.set(panel, { epoch: 0, seen: new WeakMap(), touched: false, follow: false });
    return states.get(panel);
  };
  const oldCells = panel => {
    const first = tagged(panel, 'load', 'parameters', 'injected-parameters');
    const { seen, epoch } = stateOf(panel);
    return cellsOf(panel, 'code').filter(cell => !first.includes(cell) && (seen.get(cell.model) ?? epoch) !== epoch);
  };

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

  /** The headings of each Markdown cell, by level; the title of the report or of an appendix begins the numbers anew. */
  function headings(panel) {
    const titles = tagged(panel, 'title', 'appendix');
    return cellsOf(panel, 'markdown').map(cell =>
      titles.includes(cell) ? [0] : [...sourceOf(cell).matchAll(/^(#{2,4}) /gm)].map(match => match[1].length - 1));
  }

  /** Ask the kernel how things stand; nothing where there is no kernel. */
  async function ask(panel, levels) {
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel) return null;
    const own = memory(panel);
    const request = {
      parameters: [
        own.params_file ? `params_file = ${JSON.stringify(own.params_file)}` : '',
        ...tagged(panel, 'parameters', 'injected-parameters').map(sourceOf)
      ],
      inputs: own.stamp?.inputs ?? {},
      load: tagged(panel, 'load').length > 0,
      touched: stateOf(panel).touched,
      old: oldCells(panel).length,
      levels: levels.flat(),
      expressions: [...new Set(cellsOf(panel, 'markdown').flatMap(cell => expressions(sourceOf(cell))))]
    };
    const look = `__import__("danvan_nb.lab.live", fromlist=["look"]).look(${JSON.stringify(JSON.stringify(request))})`;
    const content = { code: '', silent: true, store_history: false, allow_stdin: false, user_expressions: { look } };
    const reply = (await kernel.requestExecute(content).done).content;
    return reply.user_expressions?.look.data?.['application/json'];
  }

  async function refresh(panel, NotebookActions) {
    await panel.sessionContext.ready;
    if (panel.isDisposed || !isOurs(panel)) return;
    const levels = headings(panel);
    const answer = await ask(panel, levels);
    if (panel.isDisposed) return;
    if (answer === null) return show(panel, NO_KERNEL, true);
    if (!answer) return;
    const state = stateOf(panel);
    const isRunning = cellsOf(panel, 'code').some(cell => cell.model.executionState === 'running');
    show(panel, answer.band, answer.stale);
    cellsOf(panel, 'markdown').forEach((cell, number) => {
      const [first] = answer.numbers.splice(0, levels[number]?.length ?? 0);
      cell.node.style.setProperty('--danvan-number', first ? `"${first} "` : 'none');
      const found = expressions(sourceOf(cell));
      // a cell edited meanwhile is passed over: its own run asks again
      if (!answer.loaded || found.some(source => !(source in answer.values))) return;
      cell.model.trusted = true;
      store(cell, found.map(source => ({ expression: source, result: answer.values[source] })));
    });
    name(panel);
    if (!state.follow || isRunning) return;
    state.follow = false;
    const old = oldCells(panel);
    if (old.length) await NotebookActions.runCells(panel.content, old, panel.sessionContext);
  }

  /** Show what a person must know and do, and dim what is old. */
  function show(panel, text, stale) {
    const { band } = stateOf(panel);
    panel.content.toggleClass(STALE, stale);
    const old = oldCells(panel);
    for (const cell of cellsOf(panel, 'code')) cell.toggleClass(OLD, stale || old.includes(cell));
    band.node.firstChild.textContent = text;
    band.node.lastChild.hidden = !stale;
    band.setHidden(!text);
  }

  /** Name the tab by its report, and fill in the title: jupyterlab-myst makes plain text of the first heading, codes and all. */
  function name(panel) {
    const file = panel.context.localPath.split('/').pop();
    const label = file === 'report.ipynb' ? nameOf(panel) : `${nameOf(panel)}: ${file}`;
    if (memory(panel).params_file) panel.title.dataset = { ...panel.title.dataset, danvan: label };
    for (const cell of tagged(panel, 'title', 'appendix')) {
      const texts = stored(cell).map(item => [item.expression, item.result.data?.['text/plain'] ?? '…']);
      const title = sourceOf(cell).replace(/^#\s+/, '').replace(/\{eval\}`([^`]+)`/g, (_, code) => new Map(texts).get(code.trim()) ?? '…');
      cell.node.style.setProperty('--danvan-title', JSON.stringify(title));
    }
  }

  /** Before a save: drop values of expressions that are no longer there, and say which cells this browser trusts. */
  function beforeSave(panel) {
    for (const cell of cellsOf(panel, 'markdown')) {
      const kept = new Map(stored(cell).map(item => [item.expression, item]));
      store(cell, expressions(sourceOf(cell)).filter(source => kept.has(source)).map(source => kept.get(source)));
      // The server takes this mark out again; without it a cell with values would make the whole notebook untrusted.
      if (cell.model.trusted && stored(cell).length) cell.model.setMetadata('trusted', true);
    }
  }

  function activate(app, tracker, menu, { NotebookActions, Widget, showErrorMessage }) {
    const timers = new WeakMap();
    const later = panel => {
      if (!panel) return;
      clearTimeout(timers.get(panel));
      timers.set(panel, setTimeout(() => void refresh(panel, NotebookActions), PAUSE));
    };
    const panelOf = notebook => tracker.find(widget => widget.content === notebook);
    const runLoad = panel => NotebookActions.runCells(panel.content, tagged(panel, 'load'), panel.sessionContext);

    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      const panel = panelOf(notebook);
      // asked now, the kernel knows the parameters when the load cell itself comes to it
      if (panel && tagged(panel, 'load').includes(cell)) void ask(panel, []);
    });
    NotebookActions.executed.connect((_, { notebook, cell, success }) => {
      const panel = panelOf(notebook);
      if (!panel || !isOurs(panel)) return;
      const state = stateOf(panel);
      state.touched = true;
      if (tagged(panel, 'load').includes(cell)) {
        if (success) Object.assign(state, { epoch: state.epoch + 1, follow: true });
        else void notebook.scrollToItem(notebook.widgets.indexOf(cell)); // what is wrong stands there
      }
      state.seen.set(cell.model, state.epoch);
      later(panel);
    });
    tracker.widgetAdded.connect((_, panel) => {
      const state = stateOf(panel);
      state.band = new Widget();
      state.band.addClass('danvan-band');
      state.band.node.append(document.createElement('span'), document.createElement('button'));
      state.band.node.lastChild.textContent = 'Nạp số liệu';
      state.band.node.lastChild.onclick = () => void runLoad(panel);
      state.band.hide();
      panel.contentHeader.addWidget(state.band);
      void panel.context.ready.then(() => {
        cellsOf(panel, 'markdown').slice(0, 1).forEach(mend);
        for (const cell of cellsOf(panel, 'code')) if (cell.model.executionCount !== null) state.seen.set(cell.model, 0);
        panel.context.pathChanged.connect(() => name(panel));
        later(panel);
      });
      panel.context.saveState.connect((_, state) => state === 'started' && beforeSave(panel));
      panel.sessionContext.connectionStatusChanged.connect((_, status) => status === 'connected' && later(panel));
      panel.sessionContext.statusChanged.connect((_, status) => {
        if (['restarting', 'autorestarting', 'dead', 'terminating'].includes(status)) {
          Object.assign(state, { touched: true, restarted: true, epoch: state.epoch + 1 });
        } else if (state.restarted && status === 'idle') {
          state.restarted = false;
          later(panel);
        }
      });
    });
    const current = () => document.visibilityState === 'visible' && later(tracker.currentWidget);
    tracker.currentChanged.connect(current);
    window.addEventListener('focus', current);
    document.addEventListener('visibilitychange', current);
    setInterval(() => tracker.currentWidget?.sessionContext.session?.kernel?.status === 'idle' && current(), LOOK);

    app.commands.addCommand('danvan-nb:export', {
      label: ({ format }) => `Xuất báo cáo (${FORMATS[format]})`,
      isVisible: () => isOurs(tracker.currentWidget),
      execute: async ({ format }) => {
        const panel = tracker.currentWidget;
        if (panel.context.model.dirty) await panel.context.save();
        const path = app.serviceManager.contents.localPath(panel.context.path).split('/').map(encodeURIComponent).join('/');
        const answer = await fetch(`${app.serviceManager.serverSettings.baseUrl}nbconvert/danvan_${format}/${path}?download=true`);
        if (!answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
          const said = page.querySelector('pre')?.textContent.replace(/^[^]*?nbconvert failed: /, '');
          return showErrorMessage('Chưa xuất được báo cáo', said || answer.statusText);
        }
        const link = document.createElement('a');
        link.href = URL.createObjectURL(await answer.blob());
        link.download = `bao-cao_${nameOf(panel).replace(' ', '_')}.${format}`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), LOOK);
      }
    });
    menu.fileMenu.addGroup(Object.keys(FORMATS).map(format => ({ command: 'danvan-nb:export', args: { format } })), 10);
    document.head.append(Object.assign(document.createElement('style'), { textContent: STYLE }));
  }

  /** Take a module that JupyterLab shares; its one copy, whatever the version. */
  const shared = async (scope, name) => (await Object.values(scope[name])[0].get())();

  let scope;
  (window._JUPYTERLAB ??= {})['danvan-nb'] = {
    init: given => { scope = given; },
    get: async () => {
      const modules = await Promise.all(
        ['@jupyterlab/notebook', '@jupyterlab/mainmenu', '@jupyterlab/apputils', '@lumino/widgets'].map(name => shared(scope, name)));
      const parts = Object.assign({}, ...modules);
      const plugin = {
        id: 'danvan-nb:values',
        description: 'Keeps the values of a report right, and says what is not up to date.',
        autoStart: true,
        requires: [parts.INotebookTracker, parts.IMainMenu],
        activate: (app, tracker, menu) => activate(app, tracker, menu, parts)
      };
      return () => ({ __esModule: true, default: plugin });
    }
  };
})();
