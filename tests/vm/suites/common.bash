# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the suites share beyond the guest's library: devices in use, programs in
# the background that say when they are ready, and TAP from vfio-check.

# shellcheck source=tests/vm/guest/lib.sh
. "$VFIOTOP_ROOT/tests/vm/guest/lib.sh"

# shellcheck disable=SC2034 # for the suites; see the profile of the machine
edu=0000:00:10.0 edu2=0000:00:11.0 e1000e=0000:00:12.0 nvme=0000:00:13.0
# shellcheck disable=SC2034
pair=0000:01:00.0 pair2=0000:01:00.1 pair3=0000:01:00.2 aer=0000:02:00.0 ivshmem=0000:00:16.0 vga=0000:00:17.0
# shellcheck disable=SC2034
peer=0000:00:14.0 rocker=0000:00:19.0 hot=0000:03:00.0
workloads=$VFIOTOP_ROOT/build/workloads

tmp=$(mktemp -d)
declare -A pid_of input_of
bound=()
trap leave EXIT

# Whatever a suite leaves behind, the next one finds the machine as it was.
leave() {
	local name address tries most=100

	for name in "${!pid_of[@]}"; do
		kill -KILL "${pid_of[$name]}"
		wait "${pid_of[$name]}"
	done 2> /dev/null
	for address in "${bound[@]}"; do
		unbind_vfio "$address"
	done
	for ((tries = 0; tries < most; tries++)); do
		unload_modules 2> /dev/null && break
		read -rt 0.05 -u "$nothing" || true
	done
	hugepages 0
	rm -rf "$tmp"
}

# use ADDRESS...: load the modules if need be and bind devices, or end the suite.
use() {
	local address

	if [ ! -d /sys/module/vfio_pci ] && ! load_modules; then
		echo "Bail out! the VFIO modules do not load"
		exit 1
	fi
	for address; do
		if ! bind_vfio "$address"; then
			echo "Bail out! $address does not bind to vfio-pci"
			exit 1
		fi
		bound+=("$address")
	done
}

# done_with ADDRESS
done_with() {
	local address left=()

	unbind_vfio "$1" || return
	for address in "${bound[@]}"; do
		[ "$address" = "$1" ] || left+=("$address")
	done
	bound=("${left[@]}")
}

# reload [MODULE.PARAMETER=VALUE...]: the modules again, and the devices in use.
reload() {
	local address addresses=("${bound[@]}")

	for address in "${addresses[@]}"; do
		done_with "$address" || return
	done
	unload_modules && load_modules "$@" && use "${addresses[@]}"
}

# with ADDRESS [ADDRESS2]: sets device to the options by which programs know it.
with() {
	device=(--group "$(group_of "$1")" --device "$1")
	[ $# -lt 2 ] || device+=(--group2 "$(group_of "$2")" --device2 "$2")
}

# with_emulated [ADDRESS]...: the same of the test module's emulated device, and of others
# beside it.
with_emulated() {
	local name=vfio-test-emulated number=1 address

	device=(--group "$(basename "$(readlink "/sys/devices/$name/iommu_group")")" --device "$name")
	for address; do
		number=$((number + 1))
		device+=("--group$number" "$(group_of "$address")" "--device$number" "$address")
	done
}

# check AREA ADDRESS [ADDRESS2]: the tests of vfio-check become tests of the suite.
check() {
	local area=$1 device
	shift

	with "$@"
	check_device "$area"
}

# check_device AREA: the same, for devices that the array device already names.
check_device() {
	local area=$1 line planned='' seen=0 status=

	# As they come, so that a machine that hangs has said where.
	while IFS= read -r line; do
		case $line in
		'status '*) status=${line#status }; break ;;
		'ok '*)     pass "${line#ok * - }"; seen=$((seen + 1)) ;;
		'not ok '*) fail "${line#not ok * - }"; seen=$((seen + 1)) ;;
		1..*)       planned=${line#1..} ;;
		*)          diag "${line#\# }" ;;
		esac
	done < <("$workloads/vfio-check" "$area" "${device[@]}" 2>&1; echo "status $?")
	if [ "$planned" != "$seen" ] || [ "$status" -gt 1 ]; then
		fail "vfio-check $area came to its end (status $status)"
	fi
}

# with_dma_faults COMMAND...: the machine's runner forgives faults that the IOMMU
# reports meanwhile.
with_dma_faults() {
	local status

	echo "<4>vfiotop: DMA faults are expected" > /dev/kmsg
	"$@"
	status=$?
	# Each CPU does something, and so takes the interrupts that are still to come.
	echo 1 > /proc/sys/vm/stat_refresh
	echo "<4>vfiotop: no DMA faults are expected" > /dev/kmsg
	return $status
}

# inject FAILURES: arm them; see drivers/vfio/debug/fault_inject.h
inject() {
	echo "$1" > /sys/module/vfio/parameters/fault_inject
}

# injected: the function that the first failure hit, or nothing
injected() {
	local left function

	read -r left function < /sys/module/vfio/parameters/fault_inject
	[ "$left" -gt 0 ] || echo "$function"
}

# injected_or_ended NAME
injected_or_ended() {
	[ -n "$(injected)" ] || has_ended "$1"
}

# The drivers of devices, before the rest of the modules.
unload_drivers() {
	if [ "$VFIOTOP_MODULES" = ours ]; then
		rmmod vfio_pci
	else
		modprobe -r vfio-pci
	fi
}

# try_bind ADDRESS: what the driver core says of it
try_bind() {
	echo vfio-pci > "$(pci_device "$1")/driver_override"
	echo "$1" > /sys/bus/pci/drivers/vfio-pci/bind
}

# start NAME COMMAND...: in the background, its output in $tmp/NAME.out and .err;
# its standard input ends with finish.
start() {
	local name=$1 fd
	shift

	[ -p "$tmp/$name.in" ] || mkfifo "$tmp/$name.in"
	# It is there at once, without what one of the same name said before.
	: > "$tmp/$name.out"
	(
		# Who holds another's input open would keep it from ending.
		for fd in "${input_of[@]}" "$nothing"; do
			exec {fd}>&-
		done
		exec "$@" < "$tmp/$name.in" > "$tmp/$name.out" 2> "$tmp/$name.err"
	) &
	pid_of[$name]=$!
	exec {fd}> "$tmp/$name.in"
	input_of[$name]=$fd
}

has_ended() {
	! kill -0 "${pid_of[$1]}" 2> /dev/null
}

# has_line LINE FILE: asked often, so no other program is run.
has_line() {
	local line

	while IFS= read -r line; do
		[ "$line" != "$1" ] || return 0
	done < "$2"
	return 1
}

is_ready() {
	has_line ready "$tmp/$1.out" || has_ended "$1"
}

# wait_long COMMAND...: for what takes long without hardware virtualisation.
wait_long() {
	wait_until "$@" || wait_until "$@"
}

# start_ready DESCRIPTION NAME COMMAND...: a test that it prints "ready".
start_ready() {
	local description=$1 name=$2
	shift

	start "$@"
	if wait_until is_ready "$name" && has_line ready "$tmp/$name.out"; then
		pass "$description"
	else
		fail "$description"
		diag "$(< "$tmp/$name.err")"
	fi
}

# finish DESCRIPTION NAME STATUS: a test that it ends with its input, and so.
finish() {
	local fd=${input_of[$2]}

	exec {fd}>&-
	collect "$@"
}

# finish_by SIGNAL DESCRIPTION NAME STATUS
finish_by() {
	kill -"$1" "${pid_of[$3]}"
	shift
	collect "$@"
}

collect() {
	local description=$1 name=$2 want=$3 fd=${input_of[$2]} status

	wait "${pid_of[$name]}" 2> /dev/null
	status=$?
	exec {fd}>&-
	unset "pid_of[$name]" "input_of[$name]"
	is "$status" "$want" "$description" || diag "$(< "$tmp/$name.err")"
}

# answers NAME: how many lines it has printed
answers() {
	wc -l < "$tmp/$1.out"
}

has_answered() {
	[ "$(answers "$1")" -gt "$2" ] || has_ended "$1"
}

# step STEP [WANT]: the program steps does it; a test that the answer is WANT (0).
step() {
	local before

	before=$(answers steps)
	echo "$1" >&"${input_of[steps]}"
	wait_long has_answered steps "$before"
	is "$(tail -n 1 "$tmp/steps.out")" "${2-0}" "step: $1"
}

# pins_are PAGES
pins_are() {
	[ "$(vmstat_pins)" -eq "$1" ]
}

# read_objects FILE: how many lines of it are objects, in $objects, and the last of these. No
# other program is run, as this is asked often.
read_objects() {
	local line

	objects=0 last_object=
	while IFS= read -r line; do
		[[ $line != "{"* ]] || objects=$((objects + 1)) last_object=$line
	done < "$1"
}

# json FILE FILTER: of the last object in a file of lines
json() {
	read_objects "$1"
	jq -r "$2" <<< "$last_object"
}
