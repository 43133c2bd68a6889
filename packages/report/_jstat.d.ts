/** What is used of jstat, which brings no types. */
declare module 'jstat' {
  const jStat: {
    studentt: {
      /** The value below which a part `p` of Student's t distribution lies. */
      inv(p: number, degreesOfFreedom: number): number;
      /** The part of Student's t distribution below a value. */
      cdf(value: number, degreesOfFreedom: number): number;
    };
    normal: {
      /** The part of a normal distribution below a value. */
      cdf(value: number, mean: number, standardDeviation: number): number;
    };
  };
  export default jStat;
}
