#!/bin/sh
# Builds the µWebSockets server: bench/uws/build.sh [OUTPUT]
#
# OUTPUT is target/release/uws of the workspace by default. The sources are the folders in UWEBSOCKETS
# and USOCKETS, or else come from GitHub. CXX, CC, CXXFLAGS and CFLAGS are used if they are set.
set -eu

# v20.79.0, and the commit of µSockets that it has as a submodule.
uwebsockets_commit=fe7c01a477b688a7743f754fee33bdd78d52ad91
usockets_commit=86097c490263ab662d62e8e7b541390bdec7d149

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/../../target/release/uws}
cxx=${CXX:-g++}
cc=${CC:-gcc}
for compiler in "$cxx" "$cc"; do
    command -v "$compiler" >/dev/null ||
        fail "$compiler is not there, and the server cannot be built without it (Debian: apt-get install g++)"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# clone NAME COMMIT: by commit and not by tag, because a tag can be moved.
clone() {
    command -v git >/dev/null ||
        fail "git is not there to clone $1: set UWEBSOCKETS and USOCKETS to folders with the sources"
    git init --quiet "$work/$1"
    git -C "$work/$1" fetch --quiet --depth 1 "https://github.com/uNetworking/$1" "$2" ||
        fail "cannot fetch $1 from GitHub: set UWEBSOCKETS and USOCKETS to folders with the sources"
    git -C "$work/$1" checkout --quiet FETCH_HEAD
}

if [ -z "${UWEBSOCKETS:-}" ]; then
    clone uWebSockets "$uwebsockets_commit"
    UWEBSOCKETS=$work/uWebSockets
fi
if [ -z "${USOCKETS:-}" ]; then
    clone uSockets "$usockets_commit"
    USOCKETS=$work/uSockets
fi
[ -f "$UWEBSOCKETS/src/App.h" ] || fail "$UWEBSOCKETS has no src/App.h: it is not µWebSockets"
[ -f "$USOCKETS/src/libusockets.h" ] || fail "$USOCKETS has no src/libusockets.h: it is not µSockets"

flags="-O3 -flto=auto -DLIBUS_NO_SSL -DLIBUS_USE_EPOLL"
if echo '#include <zlib.h>' | "$cxx" -E -x c++ - >/dev/null 2>&1; then
    zlib=-lz
else
    echo "build.sh: zlib.h is not there, so the server will not have permessage-deflate" >&2
    flags="$flags -DUWS_NO_ZLIB"
    zlib=
fi

mkdir "$work/objects"
for source in "$USOCKETS"/src/*.c "$USOCKETS"/src/eventing/*.c "$USOCKETS"/src/crypto/*.c; do
    "$cc" -std=c11 $flags ${CFLAGS:-} -I"$USOCKETS/src" -c "$source" \
        -o "$work/objects/$(basename "$source" .c).o"
done
mkdir -p "$(dirname "$output")"
"$cxx" -std=c++20 $flags ${CXXFLAGS:-} -I"$UWEBSOCKETS/src" -I"$USOCKETS/src" \
    "$here/server.cpp" "$work"/objects/*.o $zlib -o "$output"
