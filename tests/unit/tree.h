/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders and files that play the parts of /proc and /sys.
 */
#ifndef VFIOTOP_UNIT_TREE_H
#define VFIOTOP_UNIT_TREE_H

/**
 * tree_make - an empty folder, below which files are looked for from now on
 *
 * Return: 0, or -1 when it cannot be made.
 */
int tree_make(void);

/**
 * tree_use - look for files below it again, after files_below() something else
 */
void tree_use(void);

/**
 * tree_remove - remove it with all that is in it
 *
 * Return: 0, or another number when it cannot be removed.
 */
int tree_remove(void);

/**
 * tree_put - write a file, with all folders that lead there
 * @path: from the root, e.g. "/proc/1/status"
 * @text: what is in it
 */
void tree_put(const char *path, const char *text);

/**
 * tree_put_folder - make a folder, with all that lead there
 * @path: from the root
 */
void tree_put_folder(const char *path);

/**
 * tree_put_link - make a symbolic link
 * @path: from the root; its folder is there
 * @target: what it points to
 */
void tree_put_link(const char *path, const char *target);

/**
 * tree_remove_file - remove a file
 * @path: from the root
 */
void tree_remove_file(const char *path);

#endif /* VFIOTOP_UNIT_TREE_H */
