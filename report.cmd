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
.venv\Scripts\python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements\core.lock || exit /b 1
.venv\Scripts\python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . || exit /b 1
if "%~1"=="" (
  .venv\Scripts\danvan-nb run params/sa-dec/2023-H1.yml
) else (
  .venv\Scripts\danvan-nb run %*
)
exit /b %errorlevel%
