#!/bin/sh
# SPDX-License-Identifier: MIT
# guest-run.sh PROGRAM... - in the guest: run test programs in turn, their
# output between marks that test/run/guest.py takes apart.
for t in "$@"; do
	echo "@@begin $t"
	timeout -s KILL "${LIMIT:-60}" "/usr/lectern/test/$t" </dev/null 2>&1
	echo
	echo "@@end $?"
done
