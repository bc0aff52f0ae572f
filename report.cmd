@echo off
rem Does what "make report" does, on Windows. Written for Windows, not run there.
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
if not exist .venv\Scripts\python.exe (
  py -3 -m venv .venv || python -m venv .venv || exit /b 1
)
.venv\Scripts\python -c "import sys; sys.exit(sys.version_info < (3, 11))" || (
  echo danvan_nb needs Python 3.11 or later: install it, remove the folder .venv, try again. 1>&2
  exit /b 1
)
rem The stamp says for which folder, lock and pyproject.toml the environment was set up, as in the Makefile: installed once for each.
.venv\Scripts\python -c "import hashlib, pathlib as p; print(p.Path.cwd(), *(hashlib.sha256(p.Path(f).read_bytes()).hexdigest() for f in ('requirements/core.lock', 'pyproject.toml')))" > .venv\wanted.txt || exit /b 1
fc /b .venv\wanted.txt .venv\installed.txt >nul 2>&1 || (
  .venv\Scripts\python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements\core.lock || exit /b 1
  .venv\Scripts\python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . || exit /b 1
  copy /y .venv\wanted.txt .venv\installed.txt >nul
)
if "%~1"=="" (
  .venv\Scripts\danvan-nb run params/sa-dec/2023-H1.yml
) else (
  .venv\Scripts\danvan-nb run %*
)
exit /b %errorlevel%
