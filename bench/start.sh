#!/usr/bin/env bash
# P15: from a fresh clone to a usable page; the package cache is as warm as this machine's.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
git clone -q "$here" "$folder/avots"
cd "$folder/avots"
port=8099
begun=$(date +%s)
PORT=$port make demo >"$folder/log" 2>&1 &
until curl -fs -o /dev/null "http://127.0.0.1:$port/konts/login/"; do
	kill -0 $! 2>/dev/null || { cat "$folder/log"; exit 1; }
	sleep 0.5
done
took=$(($(date +%s) - begun))
echo "P15_fresh_clone $took s wall, load $(cut -d' ' -f1 /proc/loadavg); goal 90"
pkill -P $! -f "manage.py run" || true
wait || true
begun=$(date +%s%N)
PORT=$port make demo >"$folder/log2" 2>&1 &
until curl -fs -o /dev/null "http://127.0.0.1:$port/konts/login/"; do sleep 0.1; done
echo "P15_second_start $((($(date +%s%N) - begun) / 1000000)) ms wall; goal 5000"
pkill -P $! -f "manage.py run" || true
rm -rf "$folder"
