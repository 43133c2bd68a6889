/** What is used of jstat, which brings no types. */
declare module 'jstat' {
  const jStat: {
    studentt: {
      /** The value below which a part `p` of Student's t distribution lies. */
      inv(p: number, degreesOfFreedom: number): number;
    };
  };
  export default jStat;
}
