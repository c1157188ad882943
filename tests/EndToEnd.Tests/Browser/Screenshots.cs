using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.Playwright;

namespace ChatLoop.EndToEnd.Tests.Browser;

/// <summary>Pictures of the real pages: under artifacts/, or under docs/screenshots when CHATLOOP_SCREENSHOTS=docs.</summary>
public static class Screenshots
{
    private static string Folder => Environment.GetEnvironmentVariable("CHATLOOP_SCREENSHOTS") == "docs"
        ? Repository.Path("docs", "screenshots")
        : Repository.Path("artifacts", "screenshots");

    public static Task Save(IPage page, string name, bool fullPage = false) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name + ".png"), FullPage = fullPage });

    public static async Task Take(IPage chat, IPage learning)
    {
        await Save(chat, "chat");
        await chat.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Save(chat, "chat-dark");
        await chat.SetViewportSizeAsync(360, 740);
        await Save(chat, "chat-phone");
        await Save(learning, "learning", fullPage: true);
    }
}
