# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # its users and figures.bash have these
#
# For suites about iommufd, whose program is called user; sourced after figures.bash.

mib=$((1 << 20))

# A user of iommufd in the kernel.
access_module=$VFIOTOP_ROOT/build/iommufd/vfio_test_access.ko
[[ $VFIOTOP_RELEASE != 7.3.* ]] || access_module=$VFIOTOP_ROOT/build/iommufd-7.3/vfio_test_access.ko

answers() {
	wc -l < "$tmp/user.out"
}

# lines NAME COUNT: it has printed so many
lines() {
	[ "$(wc -l < "$tmp/$1.out")" -eq "$2" ]
}

# is_stopped NAME: by a signal
is_stopped() {
	[[ $(< "/proc/${pid_of[$1]}/stat") == *') T '* ]]
}

more_answers_than() {
	[ "$(answers)" -gt "$1" ]
}

# ask COMMAND...: of iommufd-user; prints its answer
ask() {
	local before

	before=$(answers)
	echo "$*" >&"${input_of[user]}"
	wait_until more_answers_than "$before"
	tail -n 1 "$tmp/user.out"
}

# attach_device CDEV IOAS: iommufd-user opens it, binds it, and attaches it.
attach_device() {
	ask cdev "$1" > /dev/null
	ask bind > /dev/null
	ask attach "$2" > /dev/null
}

# of_ioas ID FILTER: of the last one that is there, else of the last
of_ioas() {
	figure "[.containers[] | select(.ioas == $1)] | sort_by(.released_ns == null) | last | $2"
}

# device_is ADDRESS FILTER: of a device
device_is() {
	figure ".devices[] | select(.address == \"$1\") | $2"
}

# ioas_of ADDRESS: the numbers of the context and of the IOAS that a device names
ioas_of() {
	figure ".containers[] | select(.id == $(device_is "$1" .container)) | \"\(.iommufd) \(.ioas)\""
}

# adds_up WHAT: the pins of all address spaces are those of the kernel
adds_up() {
	report
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "pins are as the kernel says: $1"
}

# cdev_of ADDRESS: the node of a device
cdev_of() {
	echo "/dev/vfio/devices/$(basename "$(pci_device "$1")"/vfio-dev/vfio*)"
}

# watch_and_stop TIMES [OPTION]...: vfiotop, which stops once its walk said so often that there is
# more to come. Of its reports, which may be long, only what is looked at then is kept.
watch_and_stop() {
	local few='{lost, totals, containers: [.containers[] | {ioas, holder_pid, mappings, mapped_bytes,
		pinned_bytes, before_watch, census, released_ns}]}'

	# shellcheck disable=SC2016 # for that shell
	start top bash -c 'exec 3>&1 > >(exec gojq -c "$0"); LD_PRELOAD=$1 STOPPED_WALK=$2 exec "${@:3}"' \
		"$few" "$workloads/stopped_walk.so" "$1" "$VFIOTOP_ROOT/build/vfiotop" --json -d 3600 \
		--ready-fd 3 "${@:2}"
}
