// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups joining and leaving a container.
 *
 * A group shares a domain that exists already if the IOMMU lets it; otherwise
 * it gets one of its own, and every mapping of the container is replayed there
 * before its devices can do any DMA.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "../compat.h"
#include "type1.h"

static bool vfio_allow_unsafe_interrupts;
module_param_named(allow_unsafe_interrupts, vfio_allow_unsafe_interrupts, bool, 0644);
MODULE_PARM_DESC(
	allow_unsafe_interrupts,
	"Assign devices without interrupt remapping; their user can then raise any interrupt");

/*
 * For the iterator over a group's devices, which lets none of them leave meanwhile.
 * Afterwards any may be gone, so that none is remembered. The first one speaks for
 * all: they share an IOMMU.
 */
static int vfio_attach_alloc_domain(struct device *dev, void *data)
{
	struct iommu_domain **domain = data;

	*domain = compat_iommu_paging_domain_alloc(dev);
	return 1;
}

static int vfio_attach_is_coherent(struct device *dev, void *data)
{
	return compat_iommu_enforces_coherency(dev, false);
}

static void vfio_reserved_free(struct list_head *reserved)
{
	struct iommu_resv_region *region, *next;

	list_for_each_entry_safe(region, next, reserved, list)
		kfree(region);
}

/* Nothing that is mapped already may lie in what the new group cannot have. */
static int vfio_attach_check_reserved(struct vfio_iommu *iommu, struct vfio_iommu_group *group)
{
	struct vfio_dma *dma;

	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX) {
		if (vfio_reserved_find(&group->reserved, dma->iova, vfio_dma_last(dma)))
			return -EINVAL;
	}
	return 0;
}

/* The window through which a domain delivers interrupts, if software must map it. */
static int vfio_attach_msi_window(struct vfio_domain *domain, struct vfio_iommu_group *group)
{
	struct iommu_resv_region *region;

	list_for_each_entry(region, &group->reserved, list) {
		if (region->type == IOMMU_RESV_SW_MSI)
			return iommu_get_msi_cookie(domain->domain, region->start);
	}
	return 0;
}

static int vfio_replay(struct vfio_iommu *iommu, struct vfio_domain *domain)
{
	struct iommu_domain_geometry *aperture = &domain->domain->geometry;
	struct vfio_dma *dma;
	int ret;

	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX) {
		if (dma->iova < aperture->aperture_start ||
		    vfio_dma_last(dma) > aperture->aperture_end)
			return -EINVAL;
		/* What was mapped before an error goes with the domain. */
		ret = vfio_domain_map(domain, dma);
		if (!ret)
			ret = vfio_pfnmaps_join(dma, domain);
		if (ret)
			return ret;
	}
	return 0;
}

static void vfio_domain_add_group(struct vfio_domain *domain, struct vfio_iommu_group *group)
{
	group->domain = domain;
	list_add_tail(&group->next, &domain->groups);
}

static bool vfio_attach_share(struct vfio_iommu *iommu, struct vfio_iommu_group *group)
{
	bool coherent = iommu_group_for_each_dev(group->group, NULL, vfio_attach_is_coherent);
	struct vfio_domain *domain;

	list_for_each_entry(domain, &iommu->domains, next) {
		/* KVM has been promised what the IOMMU of the group can do. */
		if (coherent && !domain->enforced_coherent)
			continue;
		if (!iommu_attach_group(domain->domain, group->group)) {
			vfio_domain_add_group(domain, group);
			return true;
		}
	}
	return false;
}

static void vfio_depopulate_all(struct vfio_iommu *iommu)
{
	struct vfio_dma *dma;

	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX) {
		vfio_mappings_own(iommu, dma);
		vfio_dma_depopulate(iommu, dma);
		vfio_emulated_publish(iommu, dma);
	}
}

/* The first domain: what was mapped for emulated devices alone is pinned now. */
static int vfio_populate_all(struct vfio_iommu *iommu)
{
	struct vfio_dma *dma;
	int ret;

	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX) {
		vfio_mappings_own(iommu, dma);
		ret = vfio_dma_populate(iommu, dma);
		vfio_emulated_publish(iommu, dma);
		if (ret) {
			vfio_depopulate_all(iommu);
			return ret;
		}
	}
	return 0;
}

/* A domain that no device uses, with mappings in it: they are in the others only. */
static void vfio_unreplay(struct vfio_iommu *iommu)
{
	struct vfio_dma *dma;

	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX) {
		vfio_pfnmaps_unjoin(dma);
		/* It is about to go, with what it kept. */
		dma->kept = 0;
	}
}

/* The domain has every mapping: it joins the others. */
static void vfio_domain_publish(struct vfio_iommu *iommu, struct vfio_domain *domain)
{
	struct vfio_dma *dma;

	mutex_lock(&iommu->revoke_lock);
	list_add_tail(&domain->next, &iommu->domains);
	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX)
		vfio_pfnmaps_joined(dma);
	mutex_unlock(&iommu->revoke_lock);
}

static int vfio_attach_own(struct vfio_iommu *iommu, struct vfio_iommu_group *group)
{
	struct vfio_domain *domain;
	bool populated = false;
	int ret;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return -ENOMEM;
	INIT_LIST_HEAD(&domain->groups);
	/* The core registers no device whose IOMMU could not do that. */
	domain->prot = IOMMU_CACHE;
	domain->domain = ERR_PTR(-ENODEV);
	iommu_group_for_each_dev(group->group, &domain->domain, vfio_attach_alloc_domain);
	if (IS_ERR(domain->domain)) {
		ret = PTR_ERR(domain->domain);
		goto err_free;
	}
	ret = iommu_attach_group(domain->domain, group->group);
	if (ret)
		goto err_domain;
	ret = vfio_attach_msi_window(domain, group);
	if (ret)
		goto err_detach;

	/* Only possible while the domain is empty. */
	if (domain->domain->ops->enforce_cache_coherency)
		domain->enforced_coherent =
			domain->domain->ops->enforce_cache_coherency(domain->domain);

	if (list_empty(&iommu->domains)) {
		ret = vfio_populate_all(iommu);
		if (ret)
			goto err_detach;
		populated = true;
	}
	ret = vfio_replay(iommu, domain);
	if (ret)
		goto err_detach;
	vfio_domain_add_group(domain, group);
	vfio_domain_publish(iommu, domain);
	return 0;

err_detach:
	/* The domain may have mappings: no device may reach them when they are unpinned. */
	iommu_detach_group(domain->domain, group->group);
	vfio_unreplay(iommu);
err_domain:
	iommu_domain_free(domain->domain);
	if (populated)
		vfio_depopulate_all(iommu);
err_free:
	kfree(domain);
	return ret;
}

/**
 * vfio_type1_attach_group - let a group's DMA go through the container's mappings
 * @iommu_data: the container; no ioctl runs
 * @iommu_group: the group; its DMA is ours
 * @emulated: its devices do no DMA of their own
 *
 * Return: 0, -EPERM if its devices could raise foreign interrupts, -EINVAL if
 * an existing mapping lies where this group cannot have one, or an error of
 * the IOMMU driver; then everything is as it was before.
 */
int vfio_type1_attach_group(void *iommu_data, struct iommu_group *iommu_group, bool emulated)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_iommu_group *group;
	int ret;

	if (emulated) {
		iommu->emulated_groups++;
		return 0;
	}

	if (!compat_group_has_isolated_msi(iommu_group) && !vfio_allow_unsafe_interrupts) {
		pr_warn_ratelimited(
			"vfio: no interrupt remapping for group %d: set allow_unsafe_interrupts of vfio_iommu_type1 to assign it all the same\n",
			iommu_group_id(iommu_group));
		return -EPERM;
	}

	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	if (!group)
		return -ENOMEM;
	group->group = iommu_group;
	INIT_LIST_HEAD(&group->reserved);
	ret = iommu_get_group_resv_regions(iommu_group, &group->reserved);
	if (ret)
		goto err_free;
	ret = vfio_attach_check_reserved(iommu, group);
	if (ret)
		goto err_free;
	if (!vfio_attach_share(iommu, group))
		ret = vfio_attach_own(iommu, group);
	if (ret)
		goto err_free;
	return 0;

err_free:
	vfio_reserved_free(&group->reserved);
	kfree(group);
	return ret;
}

static struct vfio_iommu_group *vfio_attached_group(struct vfio_iommu *iommu,
						    struct iommu_group *iommu_group)
{
	struct vfio_iommu_group *group;
	struct vfio_domain *domain;

	list_for_each_entry(domain, &iommu->domains, next) {
		list_for_each_entry(group, &domain->groups, next) {
			if (group->group == iommu_group)
				return group;
		}
	}
	return NULL;
}

/* The last domain goes but emulated devices stay: keep the mappings, not the pins. */
static void vfio_domains_forget(struct vfio_iommu *iommu)
{
	struct vfio_dma *dma;
	LIST_HEAD(all);

	vfio_for_each_dma(dma, iommu, 0, VFIO_IOVA_MAX)
		list_add_tail(&dma->list, &all);
	vfio_dmas_unmap(iommu, &all);
	vfio_depopulate_all(iommu);
}

/**
 * vfio_type1_detach_group - undo vfio_type1_attach_group()
 * @iommu_data: the container; no ioctl runs
 * @iommu_group: a group in it
 * @emulated: as in vfio_type1_attach_group()
 *
 * With the last group the mappings go: nothing could use them, and the user
 * who is left with the container fd could not be trusted with them.
 */
void vfio_type1_detach_group(void *iommu_data, struct iommu_group *iommu_group, bool emulated)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_iommu_group *group;
	struct vfio_domain *domain;

	if (emulated) {
		if (!--iommu->emulated_groups && list_empty(&iommu->domains))
			vfio_dma_unmap_all(iommu, VFIO_CAUSE_DETACH);
		return;
	}

	group = vfio_attached_group(iommu, iommu_group);
	if (WARN_ON(!group))
		return;

	domain = group->domain;
	if (list_is_singular(&domain->groups) && list_is_singular(&iommu->domains)) {
		if (iommu->emulated_groups)
			vfio_domains_forget(iommu);
		else
			vfio_dma_unmap_all(iommu, VFIO_CAUSE_DETACH);
	}
	iommu_detach_group(domain->domain, iommu_group);
	list_del(&group->next);
	vfio_reserved_free(&group->reserved);
	kfree(group);
	if (list_empty(&domain->groups)) {
		mutex_lock(&iommu->revoke_lock);
		list_del(&domain->next);
		mutex_unlock(&iommu->revoke_lock);
		iommu_domain_free(domain->domain);
		kfree(domain);
	}
}
