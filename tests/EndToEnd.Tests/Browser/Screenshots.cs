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

    /// <summary>A short chat with the model that has learned, and the page that shows how it came to be.</summary>
    public static async Task Take(ChatPage chat, IPage learning)
    {
        await chat.Ask("What is the capital of Italy?");
        await chat.Ask("What is 8 plus 6?");
        await Save(chat.Page, "chat");
        await chat.Page.GetByTestId("toast").GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAllAsync();
        await chat.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Save(chat.Page, "chat-dark");
        await chat.Page.SetViewportSizeAsync(360, 740);
        await Save(chat.Page, "chat-phone");
        await learning.SetViewportSizeAsync(1280, 2600);
        await Save(learning, "learning");
    }

    /// <summary>Each click removes its element, so the first one left is clicked until none is.</summary>
    private static async Task ClickAllAsync(this ILocator buttons)
    {
        while (await buttons.CountAsync() > 0) await buttons.First.ClickAsync();
    }
}
