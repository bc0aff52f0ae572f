@echo off
rem Does what "make report" does, on Windows.
setlocal
cd /d "%~dp0"
if "%~1"=="" (
  call danvan.cmd run params/sa-dec/2023-H1.yml
) else (
  call danvan.cmd run %*
)
exit /b %errorlevel%
