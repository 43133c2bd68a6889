/** What the driver is told to print how it would compute some dimensions, instead of computing one. */
export const plansArgument = 'plans';
