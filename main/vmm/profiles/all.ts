import { dpdk } from './dpdk.ts';
import type { Profile, ProfileName } from './profile.ts';
import { qemu } from './qemu.ts';
import { uml } from './uml.ts';

export const PROFILES: Readonly<Record<ProfileName, Profile>> = { qemu, uml, dpdk };
