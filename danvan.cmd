@echo off
rem Any command of danvan_nb on Windows, from any folder: danvan.cmd run sa-dec 2023-H1
rem Sets up .venv from the lock that the command needs, once for each lock; no administrator.
rem Without an argument (a double-click) it shows a menu. Its paths were tried with Wine's cmd, not on Windows.
setlocal
set "PYTHONUTF8=1"
if not defined DANVAN_LAUNCHER set "DANVAN_LAUNCHER=%~f0"
set "home=%~dp0"
set "venv=%~dp0.venv"
set "clicked="
if "%~1"=="" set "clicked=yes"
set "lock=core"
if /i "%~1"=="lab" set "lock=lab"
for %%a in (%*) do if "%%~a"=="--executor" set "lock=scale"

rem What is told is Vietnamese; the console gets its own code page back.
set "codepage="
for /f "tokens=2 delims=:." %%c in ('chcp') do set "codepage=%%c"
chcp 65001 >nul

if exist "%venv%\Scripts\python.exe" goto have_venv
call :make_venv
if errorlevel 1 goto failed
:have_venv
call :is_installed
if not errorlevel 1 goto installed
call :install
if errorlevel 1 goto failed
:installed
if defined clicked goto menu
"%venv%\Scripts\danvan-nb.exe" %*
set "code=%errorlevel%"
goto leave

:failed
set "code=1"
if defined clicked pause
:leave
if defined codepage chcp %codepage% >nul
exit /b %code%

:make_venv
py -3 -m venv "%venv%" 2>nul
if not errorlevel 1 goto made
python -m venv "%venv%"
if errorlevel 1 goto no_python
:made
"%venv%\Scripts\python.exe" -c "import sys; sys.exit(sys.version_info < (3, 11))"
if not errorlevel 1 exit /b 0
rmdir /s /q "%venv%"
:no_python
echo Cần Python 3.11 trở lên: cài từ python.org, đánh dấu "Add python.exe to PATH", rồi chạy lại. 1>&2
exit /b 1

rem What was installed is noted as copies of the lock, of pyproject.toml and of the folder's name: all three must still be the same.
:is_installed
> "%venv%\here.txt" echo "%home%"
fc /b "%home%requirements\%lock%.lock" "%venv%\%lock%.lock" >nul 2>&1
if errorlevel 1 exit /b 1
fc /b "%home%pyproject.toml" "%venv%\%lock%.toml" >nul 2>&1
if errorlevel 1 exit /b 1
fc /b "%venv%\here.txt" "%venv%\%lock%.txt" >nul 2>&1
if errorlevel 1 exit /b 1
exit /b 0

:install
echo Đang cài đặt (%lock%) vào .venv, một đến hai phút, chỉ lần này... 1>&2
set "pip="%venv%\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --no-deps"
%pip% --require-hashes -r "%home%requirements\%lock%.lock"
if errorlevel 1 goto not_installed
%pip% --no-build-isolation -e "%home%."
if errorlevel 1 goto not_installed
copy /y "%home%requirements\%lock%.lock" "%venv%\%lock%.lock" >nul
copy /y "%home%pyproject.toml" "%venv%\%lock%.toml" >nul
copy /y "%venv%\here.txt" "%venv%\%lock%.txt" >nul
exit /b 0
:not_installed
echo Chưa cài được: xem dòng lỗi ở trên (mạng, dung lượng đĩa), rồi chạy lại lệnh này. 1>&2
exit /b 1

:menu
set "code=0"
:again
echo.
echo   BÁO CÁO CÔNG TÁC DÂN VẬN
echo   1. Làm báo cáo
echo   2. Mở JupyterLab
echo   3. Kiểm tra số liệu
echo   4. Làm biểu nhập
echo   5. Thoát
set "choice="
set /p "choice=Chọn 1-5: "
if not defined choice goto leave
if "%choice%"=="5" goto leave
if "%choice%"=="2" call "%~f0" lab
if "%choice%"=="1" call :ask run
if "%choice%"=="3" call :ask check
if "%choice%"=="4" call :ask form
goto again
:ask
set "which="
set /p "which=Mã đơn vị và kỳ, ví dụ sa-dec 2023-H1: "
if not defined which exit /b 1
call "%~f0" %1 %which%
exit /b
