using System.CommandLine;
using ChatLoop.Trainer.CommandLine;

return await ChatLoopCommand.Invoke(args, new InvocationConfiguration());
