using System.Collections.Concurrent;
using System.Net;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>A network between one client and the server that fails, halts and changes bytes when the test says so, and counts what arrived.</summary>
internal sealed class UnreliableTransport : HttpPipelineTransport, IDisposable
{
    private readonly HttpClientTransport _network = new(new HttpClient());
    private long _requests = long.MaxValue, _bytes = long.MaxValue;

    /// <summary>Ids of the blocks that the server got, in order; a block that came twice is there twice.</summary>
    public ConcurrentQueue<string> Blocks { get; } = [];

    /// <summary>Bytes of blobs that the client got.</summary>
    public long Downloaded;

    /// <summary>What the client asked: method and last part of the path, with "comp" where there is one.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Awaited before a request goes out.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Changes a byte of every block on its way to the server.</summary>
    public bool Corrupt { get; set; }

    /// <summary>The network is cut behind so many requests that may change something; of the last one only the answer is lost.</summary>
    public void CutAfterRequests(int requests) => _requests = requests;

    /// <summary>The network is cut behind so many bytes of blobs.</summary>
    public void CutAfterBytes(long bytes) => _bytes = bytes;

    public void Mend() => (_requests, _bytes) = (long.MaxValue, long.MaxValue);

    public override Azure.Core.Request CreateRequest() => _network.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException("Nothing here may block a thread.");

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        var uri = message.Request.Uri.ToUri();
        var operation = HttpUtility.ParseQueryString(uri.Query)["comp"];
        var asked = $"{message.Request.Method} {uri.Segments[^1]}{(operation is null ? "" : $"?{operation}")}";
        await Before(asked);
        // Leases are given up even so: otherwise every next try would wait for their end, which a test of its own does.
        if (operation != "lease" && (Volatile.Read(ref _requests) <= 0 || Volatile.Read(ref _bytes) <= 0)) throw Cut();
        if (Corrupt && operation == "block") message.Request.Content = await Changed(message.Request.Content!);
        await _network.ProcessAsync(message);
        Asked.Enqueue(asked);
        if (operation == "block" && message.Response.Status == (int)HttpStatusCode.Created)
            Blocks.Enqueue(HttpUtility.ParseQueryString(uri.Query)["blockid"]!);
        if (message.Request.Method == RequestMethod.Put && operation is not "lease" && Interlocked.Decrement(ref _requests) <= 0) throw Cut();
        if (message.Request.Method == RequestMethod.Get && operation is null && message.Response is { Status: 200 or 206 } && message.Response.ContentStream is { } body)
            message.Response.ContentStream = new CountedStream(this, body);
    }

    public void Dispose() => _network.Dispose();

    private static async Task<RequestContent> Changed(RequestContent content)
    {
        using var bytes = new MemoryStream();
        await content.WriteToAsync(bytes, CancellationToken.None);
        bytes.GetBuffer()[bytes.Length / 2] ^= 1;
        return RequestContent.Create(bytes.ToArray());
    }

    private static HttpIOException Cut() => new(HttpRequestError.ResponseEnded, "the network was cut");

    /// <summary>Gives as much as the network lets through, and then fails.</summary>
    private sealed class CountedStream(UnreliableTransport network, Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var left = Volatile.Read(ref network._bytes);
            if (left <= 0) throw Cut();
            var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, left)], cancellationToken);
            Interlocked.Add(ref network._bytes, -read);
            Interlocked.Add(ref network.Downloaded, read);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing here may block a thread.");
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
