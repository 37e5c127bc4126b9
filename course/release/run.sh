#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots a machine of the archive in QEMU, and starts nothing else.  ./lectern
# release writes it, with the machines in place of the @WORDS@.
machines='@NAMES@'

usage()
{
	echo 'usage: ./run [--gdb[=PORT]] MACHINE [ARGUMENT...]

Boots a machine to a shell. `poweroff` leaves it; Ctrl-A x ends QEMU at once.

  MACHINE       one of:' "$machines"
	echo '  --gdb[=PORT]  waits for GDB at this port of localhost (1234) before
                the first instruction
  ARGUMENT...   is for QEMU: -smp 2, or -m 1G; names of files are as seen
                from this folder'
}

refuse()
{
	echo "run: $*; see ./run --help" >&2
	exit 2
}

gdb=
case ${1-} in
-h|--help)
	usage
	exit ;;
--gdb)
	gdb=1234
	shift ;;
--gdb=*)
	gdb=${1#--gdb=}
	case $gdb in
	''|*[!0-9]*) refuse "$1: not the number of a port" ;;
	esac
	shift ;;
esac
[ $# -gt 0 ] || refuse "no machine; there are $machines"
machine=$1
shift
if [ "$gdb" ]; then
	set -- -gdb "tcp:127.0.0.1:$gdb" -S "$@"
fi

case $machine in
@MACHINES@
-*)
	refuse "no option $machine" ;;
*)
	refuse "no machine $machine; there are $machines" ;;
esac

if ! command -v "$1" >/dev/null; then
	echo "run: $1 is not here; Debian and Ubuntu have it:" \
		"apt-get install $package" >&2
	exit 127
fi
case $0 in
*/*)	CDPATH='' cd -- "${0%/*}" || exit ;;
esac
if [ "$gdb" ]; then
	echo "run: waits for: gdb-multiarch -ex 'target remote :$gdb'" \
		"$machine/lectern.elf" >&2
fi
exec "$@"
