/** Set by the bundler from package.json; sources run unbundled only in tests. */
declare const DOORBELL_VERSION: string | undefined;

export const VERSION = typeof DOORBELL_VERSION === 'string' ? DOORBELL_VERSION : '0.0.0';
