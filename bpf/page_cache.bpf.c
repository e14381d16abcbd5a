/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The page cache: pages looked up, added, dirtied and removed, only summed.
 *
 * Looked up by reads and faults, that is; the kernel has no tracepoint for those of writes.
 */

#include "rest.h"
#include "thread.h"

/* At least: where pages are larger, a read beyond the end of a file counts some too many. */
#define PAGE_SHIFT 12

typedef char name_t[32] __attribute__((aligned(8)));

static __always_inline void add_pages(const name_t name, __u64 pages)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return;
	struct thread *thread = thread_of(bpf_get_current_task_btf(), ts);
	if (thread && !thread->excluded)
		add_to_rest(SOURCE_PAGE_CACHE, thread->number, 0, 0, name, 0, pages, false, ts);
}

static __always_inline __u64 pages_of(struct folio *folio)
{
	__u64 flags = 0;
	bpf_probe_read_kernel(&flags, sizeof(flags), folio);
	if (!(flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head))))
		return 1;
	struct folio___before_6_15 *older = (void *)folio;
	if (bpf_core_field_exists(folio->_nr_pages))
		return folio->_nr_pages;
	if (bpf_core_field_exists(older->_folio_nr_pages))
		return older->_folio_nr_pages;
	return 1;
}

/* The last look-up of a thread, and the read it was for. */
struct lookup {
	__u64 mapping, index, last;
	__u64 call;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lookup);
} lookups SEC(".maps");

/*
 * A long read looks up what is left of it again and again, some pages each time: all of it counts
 * at the first look-up. Reads are told apart by the kernel's number of them.
 */
static __always_inline bool is_continued(struct address_space *mapping, __u64 index, __u64 last)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct lookup *before =
		bpf_task_storage_get(&lookups, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!before)
		return false;
	struct lookup now = { .mapping = number_of(mapping), .index = index, .last = last };
	if (bpf_core_field_exists(current->ioac.syscr))
		now.call = current->ioac.syscr;
	bool continued = before->mapping == now.mapping && before->last == last &&
			 before->call == now.call && before->index < index;
	*before = now;
	return continued;
}

SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(on_pages_read, struct address_space *mapping, unsigned long index, unsigned long last)
{
	static const name_t name = "accessed";
	if (is_continued(mapping, index, last))
		return 0;
	/* The buffer of the reader may reach beyond the end of the file. */
	__u64 size = mapping->host->i_size, end = (size + (1 << PAGE_SHIFT) - 1) >> PAGE_SHIFT;
	if (end > last + 1)
		end = last + 1;
	add_pages(name, end > index ? end - index : 1);
	return 0;
}

/* A fault is for one page; those around it that are mapped along were not asked for. */
SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(on_page_fault)
{
	static const name_t name = "accessed";
	add_pages(name, 1);
	return 0;
}

SEC("tp_btf/mm_filemap_map_pages")
int BPF_PROG(on_pages_mapped)
{
	static const name_t name = "accessed";
	add_pages(name, 1);
	return 0;
}

SEC("tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(on_pages_added, struct folio *folio)
{
	static const name_t name = "added";
	add_pages(name, pages_of(folio));
	return 0;
}

SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(on_pages_removed, struct folio *folio)
{
	static const name_t name = "removed";
	add_pages(name, pages_of(folio));
	return 0;
}

SEC("tp_btf/writeback_dirty_folio")
int BPF_PROG(on_pages_dirtied, struct folio *folio)
{
	static const name_t name = "dirtied";
	add_pages(name, pages_of(folio));
	return 0;
}
