using Orleans.Storage;

namespace ChatLoop.Grains.Storage;

/// <summary>
/// A grain's state as it is on disk. A change becomes visible once it is durable, changes of interleaved calls follow one another,
/// and a change that could not be written has changed nothing.
/// </summary>
public sealed class DurableState<T>(IPersistentState<T> storage) where T : class
{
    private Task _lastWrite = Task.CompletedTask;
    private T? _durable;

    /// <summary>The newest state that is on disk.</summary>
    public T Value => _durable ?? storage.State;

    /// <param name="change">Gives the next state, or the same object when there is nothing to write. Must not change its argument.</param>
    public async Task<TResult> Change<TResult>(Func<T, (T Next, TResult Result)> change)
    {
        var previous = _lastWrite;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lastWrite = done.Task;
        await previous;
        try
        {
            var before = Value;
            var (next, result) = change(before);
            if (!ReferenceEquals(next, before)) await Write(before, next);
            return result;
        }
        finally
        {
            done.SetResult();
        }
    }

    public Task Change(Func<T, T> change) => Change(state => (change(state), true));

    private async Task Write(T before, T next)
    {
        _durable = before;
        storage.State = next;
        try
        {
            await storage.WriteStateAsync();
            _durable = next;
        }
        catch (InconsistentStateException)
        {
            // Another writer, or our own write whose answer was lost: what is on disk counts.
            storage.State = before;
            await storage.ReadStateAsync();
            _durable = storage.State;
            throw;
        }
        catch
        {
            storage.State = before;
            throw;
        }
    }
}
