import type { Kind, Kinds } from './_kind.ts';
import { native } from './_native.ts';
import { qemu } from './_qemu.ts';
import { uml } from './_uml.ts';
import { xenDom0, xenDomU } from './_xen.ts';
import type { Environment } from './environment.ts';

const kinds: Kinds = { native, uml, qemu, 'xen-dom0': xenDom0, 'xen-domu': xenDomU };

/** The kind of an environment. */
export function kindOf<E extends Environment>(environment: E): Kind<E> {
  return kinds[environment.kind] as unknown as Kind<E>;
}
