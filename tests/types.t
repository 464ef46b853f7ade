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

done_testing
