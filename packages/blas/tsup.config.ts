import { packageConfig } from '../../tsup.config.base.ts';

// The kernels that are written by hand are a few kilobytes, which only few tunings ask for.
export default packageConfig({ bundled: ['@paratune/kernels'] });
