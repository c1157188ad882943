using ChatLoop.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace ChatLoop.Grains.Tests.Storage;

public sealed class SqliteGrainStorageTests : GrainStorageTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-storage-").FullName;
    private readonly ServiceProvider _serializers = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private SqliteGrainStorage? _storage;

    protected override Task<IGrainStorage> Open()
    {
        _storage = new(Path.Combine(_folder, "grains.db"), new OrleansGrainStorageSerializer(_serializers.GetRequiredService<Serializer>()));
        return Task.FromResult<IGrainStorage>(_storage);
    }

    protected override Task Close()
    {
        _storage!.Dispose();
        return Task.CompletedTask;
    }

    protected override async Task DeleteAll()
    {
        await _serializers.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
