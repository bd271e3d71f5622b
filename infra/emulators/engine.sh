#!/usr/bin/env bash
# A Docker engine for sam local: the one that answers, or, for root on Debian and Ubuntu, one of their own packages unpacked
# into .local/docker, which changes nothing on the machine and is stopped again.
#   engine.sh start     prints the DOCKER_HOST to use, nothing where the machine's own engine answers
#   engine.sh stop      only what start started
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
home="$LOCAL/docker"
programs="$home/packages/usr"
pid_file="$home/dockerd.pid"

answers() { "$LOCAL/sam/bin/python" -c 'import docker; docker.from_env().ping()' 2>/dev/null; }

# Of busybox the image is made, of tini nothing: dockerd asks for its version.
unpack() {
  local package
  if [ -x "$programs/sbin/dockerd" ] && [ -x "$home/packages/bin/busybox" ]; then return; fi
  say "Unpacking Debian's docker.io into .local/docker" >&2
  rm -rf "$home/packages" "$home/downloads"
  mkdir -p "$home/packages" "$home/downloads"
  (
    cd "$home/downloads"
    apt-get -qq -o APT::Sandbox::User= download docker.io containerd runc tini busybox-static >/dev/null 2>&1 || {
      apt-get -qq update >/dev/null
      apt-get -qq -o APT::Sandbox::User= download docker.io containerd runc tini busybox-static >/dev/null
    }
    for package in *.deb; do dpkg-deb -x "$package" "$home/packages"; done
  )
  rm -rf "$home/downloads"
}

start() {
  if answers; then return; fi
  if ! is_root || ! command -v apt-get >/dev/null; then
    fail "no Docker engine answers: start one (on Debian and Ubuntu root gets one from here)"
  fi
  unpack
  mkdir -p "$home"
  # No rules in the machine's tables: a port is handed on by docker-proxy, and nothing has to leave the machine.
  PATH="$programs/sbin:$programs/bin:$PATH" setsid "$programs/sbin/dockerd" --host "unix://$home/docker.sock" \
    --data-root "$home/data" --exec-root "$home/exec" --pidfile "$pid_file" --storage-driver vfs \
    --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false </dev/null >"$home/dockerd.log" 2>&1 &
  export DOCKER_HOST="unix://$home/docker.sock"
  within 30 answers || {
    tail -n 20 "$home/dockerd.log" >&2
    fail "the Docker engine did not start: see $home/dockerd.log"
  }
  say "$DOCKER_HOST"
}

stop() {
  running "$pid_file" "$home/docker.sock" || return 0
  kill "$(cat "$pid_file")"
  within 20 stopped "$pid_file" "$home/docker.sock" || fail "the Docker engine does not stop: see $home/dockerd.log"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *)
    sed -n '2,5s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
