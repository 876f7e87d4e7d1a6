#!/bin/sh
# What the tests need from the system: installs it where apt-get and root are there, otherwise names it.
set -eu
PATH="$PATH:/usr/sbin:/sbin"

PATH="$PATH:/usr/sbin" # where sshd is
missing=""
lacks() { # command-or-library package
    case $1 in
        *.so.*) ldconfig -p | grep -q "$1" || missing="$missing $2" ;;
        *) command -v "$1" >/dev/null 2>&1 || missing="$missing $2" ;;
    esac
}

lacks exiftool libimage-exiftool-perl
lacks identify imagemagick
lacks tiffinfo libtiff-tools
lacks ffmpeg ffmpeg
lacks man man-db
lacks inotifywait inotify-tools
lacks sshd openssh-server
lacks ssh openssh-client
lacks chromium chromium
lacks chromedriver chromium-driver
if [ "$(uname)" = Linux ]; then # opencv-python is linked against these
    lacks libGL.so.1 libgl1
    lacks libglib-2.0.so.0 libglib2.0-0
fi

[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    apt-get install -qq -y --no-install-recommends $missing </dev/null
else
    echo "The tests need these Debian packages (or what they are called on your system):$missing" >&2
    echo "Install them, for example with: sudo apt-get install$missing" >&2
    exit 1
fi
