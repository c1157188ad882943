namespace ChatLoop.Grains.Feedback;

/// <summary>
/// Writes what events change, without EF Core: it would prepare each statement anew and track each row, which costs more than the
/// database's own work. Everything else of the ledger goes through EF Core.
/// </summary>
internal interface ILedgerStatements
{
    /// <summary>Writes in the transaction that the context is in.</summary>
    void Write(IReadOnlyCollection<LedgerEvent> events, IReadOnlyCollection<Judgement> added, IReadOnlyCollection<Judgement> changed);
}
