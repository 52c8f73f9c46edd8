/**
 * `upstream` is vhost-user as released; `rfc2018` is the draft of March 2018 with VFIO groups. Their numbers
 * collide (protocol bit 8, back-end requests 3 and 4), so a connection speaks exactly one.
 */
export type Dialect = 'upstream' | 'rfc2018';
export const DIALECTS: readonly Dialect[] = ['upstream', 'rfc2018'];
