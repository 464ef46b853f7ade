#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the BPF programs read of kernels that no machine here runs, by type information that is
# made here: the fields that they would be relocated to.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# kernel NAME < DECLARATIONS: type information with these, of what has the type struct vfio_iommu
kernel() {
	{
		cat
		echo "struct vfio_iommu iommu;"
	} > "$tmp/$1.c"
	clang -target bpf -g -c "$tmp/$1.c" -o "$tmp/$1.o"
}

# reads NAME PROGRAM: "STRUCT.FIELD" that it finds there, one a line
reads() {
	bpftool gen min_core_btf "$tmp/$1.o" "$tmp/$1.btf" "build/bpf/$2.bpf.o" &&
		bpftool btf dump file "$tmp/$1.btf" | awk -F "'" '
			/^\[/ { of = $2 }
			/^\t/ { print of "." $2 }'
}

kernel plain <<-END
	typedef struct { long long counter; } atomic64_t;
	struct rb_node { long parent; struct rb_node *rb_right, *rb_left; };
	struct rb_root { struct rb_node *rb_node; };
	struct mutex { atomic64_t owner; };
	struct vfio_iommu { struct mutex lock; struct rb_root dma_list; unsigned int dma_avail; };
END
kernel rt <<-END
	struct rb_node { long parent; struct rb_node *rb_right, *rb_left; };
	struct rb_root { struct rb_node *rb_node; };
	struct rt_mutex_base { int wait_lock; struct rb_root waiters; void *owner; };
	struct mutex { struct rt_mutex_base rtmutex; };
	struct vfio_iommu { struct mutex lock; struct rb_root dma_list; unsigned int dma_avail; };
END

plain=$(reads plain census)
like "$plain" $'(^|\n)mutex\.owner' "types: who holds a mutex"
like "$plain" $'(^|\n)vfio_iommu\.dma_list' "types: the mappings"
rt=$(reads rt census)
like "$rt" $'(^|\n)rt_mutex_base\.owner' "types: PREEMPT_RT: who holds a mutex"
like "$rt" $'(^|\n)mutex\.rtmutex' "types: PREEMPT_RT: that is one of another kind"
like "$rt" $'(^|\n)vfio_iommu\.dma_list' "types: PREEMPT_RT: the mappings"

# --- Kernels that there are, and variants of them -----------------------------------------

# section FILE OUT: type information of a kernel or module, of any architecture
section() {
	local offset size

	read -r offset size < <(readelf -SW "$1" | sed -nE 's/.* \.BTF +[A-Z]+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) .*/\1 \2/p')
	[ -n "$size" ] && tail -c +$((0x$offset + 1)) "$1" | head -c $((0x$size)) > "$2"
}

# stock_module VERSION NAME FOLDER: type information and symbols of one of the kernel's own
stock_module() {
	local packed

	packed=$(find "$(scripts/kernel modules "$1")/usr/lib/modules/" -path "*/vfio/*" -name "$2.ko*" | head -n 1)
	case $packed in
	*.xz) xz -dc "$packed" > "$tmp/$2.ko" ;;
	*)    cp "$packed" "$tmp/$2.ko" ;;
	esac
	section "$tmp/$2.ko" "$3/$2" || return
	readelf -sW "$tmp/$2.ko" | awk -v module="$2" '
		$4 == "FUNC" || $4 == "OBJECT" {
			print $2, $4 == "FUNC" ? "t" : "d", $NF "\t[" module "]"
		}' >> "$3/kallsyms"
}

# types_of VERSION: what a running kernel shows of itself, in $tmp/VERSION
types_of() {
	local btf

	mkdir "$tmp/$1"
	btf=$(scripts/kernel btf "$1")
	case $btf in
	*/vmlinux) section "$btf" "$tmp/$1/vmlinux" ;;
	*)         cp "$btf" "$tmp/$1/vmlinux" ;;
	esac
	stock_module "$1" vfio "$tmp/$1" && stock_module "$1" vfio_iommu_type1 "$tmp/$1"
}

# check_kernel VERSION [all]: see tests/unit/check_variants.c
check_kernel() {
	local line

	ok "types: $1: the kernel's own" types_of "$1" || return
	while read -r line; do
		case $line in
		'ok - '*)     ok "types: $1: ${line#ok - }" true ;;
		'not ok - '*) ok "types: $1: ${line#not ok - }" false ;;
		*)            echo "$line" ;;
		esac
	done < <(
		if build/unit/check_variants "$tmp/$1" "$PWD"/build/bpf/{stock,census}.bpf.o "${@:2}"; then
			echo "ok - nothing was left out"
		else
			echo "not ok - nothing was left out"
		fi)
}

kernels=(6.1)
if [ -n "${VFIOTOP_ALL-}" ]; then
	scripts/build-root fetch 7.3 && kernels+=(7.3)
	scripts/kernel fetch 6.12-arm64 && kernels+=(6.12-arm64)
fi
check_kernel 6.12 all
for kernel in "${kernels[@]}"; do
	check_kernel "$kernel"
done

done_testing
