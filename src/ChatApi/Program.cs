using ChatLoop.ChatApi.Hosting;
using ChatLoop.Silo.Hosting;

return await ServiceProgram.Run(() => ChatLoopHost.Build(args), service =>
    string.Join(Environment.NewLine, service.Urls.Select(address => $"ChatLoop is up: open {address}")));
