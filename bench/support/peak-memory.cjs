// Loaded into a measured Node program: says at its end how much memory it ever held, in kilobytes.
process.on('exit', () => process.stderr.write(`peak-memory ${process.resourceUsage().maxRSS}\n`));
