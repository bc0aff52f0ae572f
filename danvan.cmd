@echo off
rem Any command of danvan_nb on Windows, from any folder: danvan.cmd run sa-dec 2023-H1
rem Sets up .venv from the lock that the command needs, once for each lock; no administrator. Written for Windows, not run there.
rem Without an argument (a double-click) it shows a menu.
setlocal
set "PYTHONUTF8=1"
set "DANVAN_LAUNCHER=%~f0"
set "home=%~dp0"
set "venv=%~dp0.venv"

set "lock=core"
if /i "%~1"=="lab" set "lock=lab"
for %%a in (%*) do if "%%~a"=="--executor" set "lock=scale"
set "clicked="
if "%~1"=="" set "clicked=yes"

if not exist "%venv%\Scripts\python.exe" call :make_venv || exit /b 1
call :is_installed || call :install || exit /b 1
if defined clicked goto menu
"%venv%\Scripts\danvan-nb.exe" %*
exit /b %errorlevel%

:make_venv
py -3 -m venv "%venv%" 2>nul || python -m venv "%venv%"
if errorlevel 1 goto no_python
"%venv%\Scripts\python" -c "import sys; sys.exit(sys.version_info < (3, 11))"
if not errorlevel 1 exit /b 0
rmdir /s /q "%venv%"
:no_python
echo danvan_nb needs Python 3.11 or later (python.org, tick "Add python.exe to PATH"); install it, try again. 1>&2
if defined clicked pause
exit /b 1

rem What was installed is noted as copies of the lock, of pyproject.toml and of the folder's name: all three must still be the same.
:is_installed
> "%venv%\here.txt" echo "%home%"
fc /b "%home%requirements\%lock%.lock" "%venv%\%lock%.lock" >nul 2>&1 || exit /b 1
fc /b "%home%pyproject.toml" "%venv%\%lock%.toml" >nul 2>&1 || exit /b 1
fc /b "%venv%\here.txt" "%venv%\%lock%.txt" >nul 2>&1 || exit /b 1
exit /b 0

:install
echo Setting up .venv (%lock%), one or two minutes, only this time... 1>&2
set "pip="%venv%\Scripts\python" -m pip install --quiet --disable-pip-version-check --no-deps"
%pip% --require-hashes -r "%home%requirements\%lock%.lock" || exit /b 1
%pip% --no-build-isolation -e "%home%." || exit /b 1
copy /y "%home%requirements\%lock%.lock" "%venv%\%lock%.lock" >nul
copy /y "%home%pyproject.toml" "%venv%\%lock%.toml" >nul
copy /y "%venv%\here.txt" "%venv%\%lock%.txt" >nul
exit /b 0

:menu
for /f "tokens=2 delims=:" %%c in ('chcp') do set "codepage=%%c"
chcp 65001 >nul
:again
echo.
echo   BÁO CÁO CÔNG TÁC DÂN VẬN
echo   1. Làm báo cáo
echo   2. Mở JupyterLab
echo   3. Kiểm tra số liệu
echo   4. Làm biểu nhập
echo   5. Thoát
set "choice="
set /p "choice=Chọn 1-5: " || goto end
if "%choice%"=="5" goto end
if "%choice%"=="2" call "%~f0" lab
if "%choice%"=="1" call :ask run
if "%choice%"=="3" call :ask check
if "%choice%"=="4" call :ask form
goto again
:ask
set "which="
set /p "which=Mã đơn vị và kỳ, ví dụ sa-dec 2023-H1: " || exit /b 1
call "%~f0" %1 %which%
exit /b
:end
chcp %codepage% >nul
exit /b 0
