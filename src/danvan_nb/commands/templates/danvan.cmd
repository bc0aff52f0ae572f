@echo off
rem Any command of danvan_nb, typed in this folder: danvan.cmd run xa-mau 2024-H1
rem The program is the one of this machine (.danvan, written by init), else that of .venv, else an installed danvan-nb.
setlocal
set "PYTHONUTF8=1"
set "DANVAN_LAUNCHER=%~f0"
set "program=%~dp0.venv\Scripts\danvan-nb.exe"
if not exist "%program%" set "program=danvan-nb"
set "codepage="
for /f "tokens=2 delims=:." %%c in ('chcp') do set "codepage=%%c"
chcp 65001 >nul
if exist "%~dp0.danvan" for /f "usebackq delims=" %%p in ("%~dp0.danvan") do if exist "%%p" set "program=%%p"
if "%~1"=="" (call "%program%" --help & pause) else call "%program%" %*
set "code=%errorlevel%"
if defined codepage chcp %codepage% >nul
exit /b %code%
