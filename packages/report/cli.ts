import { runCommand } from './_command.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
  columns: process.stdout.columns,
});
