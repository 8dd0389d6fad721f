#!/usr/bin/env bash
# Installs the Debian packages that are missing, as root or through sudo;
# without either it prints the one line to run.
#   scripts/packages.sh run    what running and building needs
#   scripts/packages.sh test   that and what the tests need
#   scripts/packages.sh bench  that and the peers of benchmarks
set -euo pipefail

packages=(
  postgresql-15 postgresql-15-postgis-3                             # the store
  libgdal-dev gdal-bin libgeos-dev libproj-dev proj-bin pkg-config  # reading files, geometry, coordinates
  fonts-noto-cjk fonttools python3-brotli                           # the page's rare characters
  fonts-open-sans fonts-droid-fallback fonts-lxgw-wenkai            # the texts of pictures and PDF
)
if [ "${1:-run}" != run ]; then
  packages+=(chromium poppler-utils redis-tools)
fi
if [ "${1:-run}" = bench ]; then
  packages+=(cgi-mapserver)
fi

missing=()
for package in "${packages[@]}"; do
  if [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" != "install ok installed" ]; then
    missing+=("$package")
  fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" = 0 ]; then
  as=()
elif command -v sudo >/dev/null; then
  as=(sudo)
else
  echo "缺少软件包，请以 root 执行 / packages are missing; run as root:" >&2
  echo "  apt-get update && $install" >&2
  exit 1
fi
echo "安装 / installing: ${missing[*]}"
"${as[@]}" apt-get update -q
"${as[@]}" env DEBIAN_FRONTEND=noninteractive $install
