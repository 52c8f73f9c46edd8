/**
 * The content security policy of the panel, the same in both shells: it runs our own bundled files and talks
 * to the engine that served it. `connect-src 'self'` covers the WebSocket of the same origin.
 */
export function contentSecurityPolicy(): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
