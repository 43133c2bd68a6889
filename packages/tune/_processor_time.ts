/**
 * The time that this process had the processor, in seconds. The clock would count the time of other programs too: beside a busy one it takes
 * twice as long for the same work, and this does not.
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
