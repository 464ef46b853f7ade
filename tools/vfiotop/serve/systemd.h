/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two conversations that a service has with systemd: sd_listen_fds(3), sd_notify(3).
 *
 * Both protocols are a few lines and stable by promise; libsystemd comes without a static
 * library, which the portable program is made of.
 */
#ifndef VFIOTOP_SYSTEMD_H
#define VFIOTOP_SYSTEMD_H

/**
 * systemd_listener - the socket that systemd listens on for us
 *
 * Return: its file descriptor, -1 when there is none.
 */
int systemd_listener(void);

/**
 * systemd_notify - tell systemd something
 * @state: e.g. "READY=1"
 *
 * Does nothing outside of a service of Type=notify.
 */
void systemd_notify(const char *state);

#endif /* VFIOTOP_SYSTEMD_H */
