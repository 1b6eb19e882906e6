# Sourced by the commands beside it: goes to the top of the project and sets $python.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for python in python3.11 python3 python3.12 python3.13 ""; do
  [ -z "$python" ] && break
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break
done
if [ -z "$python" ]; then
  echo "Python 3.11 or newer is missing: install it (on Debian: apt-get install python3), then run this again." >&2
  exit 1
fi
