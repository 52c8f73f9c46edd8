/**
 * The content security policy forbids evaluated code, and the schema library probes for it when a schema is
 * made. This module is the first import of the entry, before any schema exists.
 */
import { config } from 'zod';

config({ jitless: true });
