namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>Where and how a process of the service runs, the same over restarts.</summary>
/// <param name="Address">That it is called at.</param>
/// <param name="Ports">For HTTP, silos and gateways.</param>
/// <param name="Prefix">A program that starts it, with arguments.</param>
/// <param name="Environment">Variables that it gets beside those of the test.</param>
public sealed record ProcessPlace(string Address, int[] Ports, string[] Prefix, Dictionary<string, string> Environment);
