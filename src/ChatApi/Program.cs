using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Hosting;
using ChatLoop.Silo.Hosting;

return await ServiceProgram.Run(() => ChatLoopHost.Build(args), service =>
{
    var setUp = service.Services.GetRequiredService<FirstAdmin>().Link;
    return string.Join(Environment.NewLine, service.Urls.SelectMany(address => (string[])
    [
        $"ChatLoop is up: open {address}",
        .. setUp is null ? Array.Empty<string>() : [$"Nobody is admin yet: {address.TrimEnd('/')}{setUp} makes the first one."],
    ]));
});
